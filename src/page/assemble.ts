// The pieces of the page -> one HTML file that needs nothing else: a style, a script that starts, everything else packed, and a
// policy that lets nothing in from anywhere.

import type { OwnContent } from './content.ts'

/** Known to whoever reads the file, so it keeps nobody out who can write markup; but nobody can: input is never markup. */
export const STYLE_NONCE = 'editor-styles'

export interface PagePieces {
  /** page.html, with empty elements where the pieces go. */
  readonly template: string
  readonly style: string
  /** Runs at once. */
  readonly start: string
  /** What unpacks. */
  readonly unpacker: string
  /** `sha256-…` of what the policy lets in; `app` is packed. */
  readonly hashes: { readonly style: string; readonly start: string; readonly app: string }
}

/** Everything but what is packed, and what the page is made with. */
export function assembleShell({ template, style, start, unpacker, hashes }: PagePieces): string {
  const policy = [
    "default-src 'none'",
    `script-src '${hashes.start}' '${hashes.app}'`,
    // The editor makes its styles while it runs; they carry this number.
    `style-src '${hashes.style}' 'nonce-${STYLE_NONCE}'`,
    'worker-src blob:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
  // Functions, since `$&` in a replacement would mean something.
  return template
    .replace('[policy]', () => policy)
    .replace('<style></style>', () => `<style>${style}</style>`)
    .replace(START, () => filled(START, start))
    .replace(UNPACKER, () => filled(UNPACKER, unpacker))
}

const END = '</script>'
const START = '<script id="start"></script>'
const UNPACKER = '<script type="text/plain" id="unpacker"></script>'
const PACKED = '<script type="text/plain" id="packed"></script>'
const OWN = '<script type="application/json" id="own"></script>'

function filled(element: string, text: string): string {
  return `${element.slice(0, -END.length)}${text}${END}`
}

/** A script may not end its element, nor begin a comment in it. */
export function asText(code: string): string {
  return code.replaceAll('</script', '<\\/script').replaceAll('<!--', '<\\!--')
}

/** What the worker runs. zod is told first that it may not make functions of text: it would try, and the page's policy would report it. */
export function workerCode(worker: string): string {
  return `globalThis.__zod_globalConfig={jitless:true};${worker}`
}

/**
 * @param shell what `assembleShell` gave
 * @param packed bytes of what is packed, in Base64
 * @param own what it holds stays data: no text in it can end its element
 */
export function fillShell(shell: string, packed: string, own: OwnContent): string {
  const json = JSON.stringify(own)
    .replaceAll('<', '\\u003c')
    // ASCII alone: what steers a terminal must not go through it where the page is printed, and must stay in the page.
    .replace(/[\u007f-\uffff]/g, unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
  return shell.replace(OWN, () => filled(OWN, json)).replace(PACKED, () => filled(PACKED, packed))
}
