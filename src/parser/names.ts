// Names and label maps, by the rules of Kubernetes that Calico's validator follows.

import { utf8Length } from '../text/bytes.ts'

const LABEL = '[a-z0-9](?:[-a-z0-9]*[a-z0-9])?'
const LABEL_NAME = new RegExp(`^${LABEL}$`)
const SUBDOMAIN = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`)
const QUALIFIED_NAME = '(?:[A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'
const QUALIFIED = new RegExp(`^${QUALIFIED_NAME}$`)
const LABEL_KEY = new RegExp(`^(?:${LABEL}(?:\\.${LABEL})*/)?${QUALIFIED_NAME}$`)

export const MAX_NAME_LENGTH = 253
export const MAX_LABEL_LENGTH = 63

export const NAME_HELP =
  'a name has lower-case letters, digits, `-` and `.`, and begins and ends with a letter or digit'

/** What to do with a variable that some tool was to fill in: `${NAME}`, `$NAME`, `<name>`, `@@NAME@@`. */
export function placeholderHelp(text: string): string | undefined {
  const found = /\$\{[^}]*\}|\$\([^)]*\)|\$[A-Za-z_]\w*|<[^<>]+>|@@?[A-Za-z_]\w*@@?|__[A-Z][A-Z0-9_]*__/.exec(text)?.[0]
  return found === undefined ? undefined : `put a value in place of \`${found}\``
}

/** What may be meant by a text that is no name: its letters small, and dashes for blanks. */
export function asName(written: string): string {
  return written.toLowerCase().replaceAll(/[_ ]+/g, '-')
}

/** A name that can be made of another, or how names are. */
export function nameHelp(written: string): string {
  const proposal = asName(written.trim())
  return isSubdomainName(proposal) ? `write \`${proposal}\`` : (placeholderHelp(written) ?? NAME_HELP)
}

/** DNS labels joined by single dots, of any length. */
export function isSubdomainName(text: string): boolean {
  return SUBDOMAIN.test(text)
}

/** One DNS label, of any length. */
export function isLabelName(text: string): boolean {
  return LABEL_NAME.test(text)
}

/** What is wrong with a label or annotation key, `[prefix/]name`; undefined when nothing is. */
export function labelKeyFault(key: string): string | undefined {
  // Nearly every key is right, and short.
  if (key.length <= MAX_LABEL_LENGTH && LABEL_KEY.test(key)) return undefined
  const parts = key.split('/')
  const name = parts.at(-1) ?? ''
  if (parts.length > 2) return 'a key has at most one `/`'
  if (parts.length === 2) {
    const prefix = parts[0] ?? ''
    if (prefix === '') return 'the part before `/` is empty'
    if (utf8Length(prefix) > MAX_NAME_LENGTH) return `the part before \`/\` is longer than ${MAX_NAME_LENGTH} bytes`
    if (!isSubdomainName(prefix)) return 'the part before `/` is a domain name in lower case'
  }
  if (name === '') return 'the name is empty'
  if (utf8Length(name) > MAX_LABEL_LENGTH) return `the name is longer than ${MAX_LABEL_LENGTH} bytes`
  return QUALIFIED.test(name)
    ? undefined
    : 'the name has letters, digits, `-`, `_` and `.`, and begins and ends with a letter or digit'
}

/** What is wrong with a label value; undefined when nothing is. */
export function labelValueFault(value: string): string | undefined {
  if (value.length <= MAX_LABEL_LENGTH && (value === '' || QUALIFIED.test(value))) return undefined
  return utf8Length(value) > MAX_LABEL_LENGTH
    ? `a value has at most ${MAX_LABEL_LENGTH} bytes`
    : 'a value has letters, digits, `-`, `_` and `.`, and begins and ends with a letter or digit'
}
