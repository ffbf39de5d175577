// Text of the input in Markdown and in SARIF, which has links: nothing of it is markup, a link or a mention.

import { printable } from './printable.ts'

/** Forges look for mentions and numbers of issues in what is rendered, where no backslash is left: a space without width parts those. */
export function markdownText(text: string): string {
  return printable(text)
    .replace(/[\\`*_{}[\]<>|#~&@]|:(?=\/\/)|(?<=www)\./gi, '\\$&')
    .replace(/[@#](?=\w)/g, '$&&#8203;')
}

/** `[text](target)` would be a link. */
export function sarifText(text: string): string {
  return printable(text).replace(/\](?=\()/g, '\\]')
}
