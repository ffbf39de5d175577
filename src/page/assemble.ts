// The pieces of the page -> one HTML file that needs nothing else: styles, script, worker and content inside, and a policy
// that lets nothing in from anywhere.

import type { PageContent } from './content.ts'

/** Known to whoever reads the file, so it keeps nobody out who can write markup; but nobody can: input is never markup. */
export const STYLE_NONCE = 'editor-styles'

export interface PagePieces {
  /** page.html, with empty elements where the pieces go. */
  readonly template: string
  readonly style: string
  readonly app: string
  /** `sha256-…` of style and app. */
  readonly hashes: { readonly style: string; readonly app: string }
}

/** Everything but worker and content, which a command puts in later. */
export function assembleShell({ template, style, app, hashes }: PagePieces): string {
  const policy = [
    "default-src 'none'",
    `script-src '${hashes.app}'`,
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
    .replace(APP, () => `<script>${app}${END}`)
}

const END = '</script>'
const APP = '<script id="app"></script>'
const WORKER = '<script type="text/plain" id="worker"></script>'
const CONTENT = '<script type="application/json" id="content"></script>'

/** A script that is kept as text may not end its element, nor begin a comment in it. */
function asText(code: string): string {
  return code.replaceAll('</script', '<\\/script').replaceAll('<!--', '<\\!--')
}

/** What the worker runs. zod is told first that it may not make functions of text: it would try, and the page's policy would report it. */
export function workerCode(worker: string): string {
  return `globalThis.__zod_globalConfig={jitless:true};${worker}`
}

/**
 * @param shell what `assembleShell` gave
 * @param worker what `workerCode` gave
 * @param content what it holds stays data: no text in it can end its element
 */
export function fillShell(shell: string, worker: string, content: PageContent): string {
  const json = JSON.stringify(content)
    .replaceAll('<', '\\u003c')
    // ASCII alone: what steers a terminal must not go through it where the page is printed, and must stay in the page.
    .replace(/[\u007f-\uffff]/g, unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
  return shell
    .replace(CONTENT, () => `${CONTENT.slice(0, -END.length)}${json}${END}`)
    .replace(WORKER, () => `${WORKER.slice(0, -END.length)}${asText(worker)}${END}`)
}
