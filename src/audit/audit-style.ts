// How the HTML report looks: on a wide screen, on a telephone, on paper; light or dark as the reader has it.

export const AUDIT_STYLE = `
:root { color-scheme: light dark; --line: #c8ccd2; --soft: #5a6270; --minus: #a01414; --plus: #14602a; --box: #f4f5f7; }
@media (prefers-color-scheme: dark) { :root { --line: #4a505a; --soft: #a9b1bd; --minus: #ff9a9a; --plus: #8fdca5; --box: #20242b; } }
* { box-sizing: border-box; }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 70rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.6rem; margin: 0.5rem 0; }
h2 { font-size: 1.25rem; margin: 2rem 0 0.5rem; border-bottom: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 1.2rem 0 0.2rem; overflow-wrap: anywhere; }
h4 { font-size: 1rem; margin: 0.8rem 0 0.2rem; }
h4.opened { color: var(--minus); }
p, ul { margin: 0.3rem 0; }
li { overflow-wrap: anywhere; margin: 0.35rem 0; }
li.opened { color: var(--minus); }
.summary { font-weight: 600; }
.own { margin-bottom: 1rem; }
.beside { display: grid; gap: 0 1.2rem; grid-template-columns: minmax(0, 1fr); }
@media (min-width: 64rem) { .beside { grid-template-columns: minmax(0, 3fr) minmax(0, 2fr); align-items: start; } }
.yaml { color: var(--soft); max-height: 30rem; overflow: auto; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 0.9rem; }
th, td { text-align: left; padding: 0.25rem 0.6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
pre { background: var(--box); padding: 0.6rem; overflow-x: auto; font: 0.8rem/1.45 ui-monospace, monospace; margin: 0.3rem 0; }
code { font: 0.8rem ui-monospace, monospace; overflow-wrap: anywhere; }
.wanted { color: var(--minus); }
.found { color: var(--plus); }
.words, .because, .example { color: var(--soft); }
.cause { border-left: 4px solid var(--line); padding-left: 0.8rem; margin: 0.8rem 0; }
@media print {
  body { font-size: 10pt; }
  main { max-width: none; padding: 0; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; background: none; border: 1px solid var(--line); }
  .yaml { max-height: none; }
  .beside { grid-template-columns: minmax(0, 1fr); }
  h2, h3, h4 { break-after: avoid-page; }
  .cause, li { break-inside: avoid-page; }
}
`
