// Files that another tool makes resources of: what tells them, and whether what they make could matter here.

import type { Report } from '../diagnostics/diagnostic.ts'
import type { Span } from '../diagnostics/source.ts'

/** An unquoted `{{` that starts a value, a key, an item or a line: a template of Helm or its like. */
const BRACES = /^(?:[ \t]*|[^#'"\n]*[:[{,-][ \t]+|[^#'"\n]*\[)\{\{/m

/** A statement or a comment of Jinja on a line of its own. */
const STATEMENT = /^[ \t]*\{[%#]-?/m

/** Quotes around braces that have quotes in them, as in `"{{ include "name" . }}"`: where YAML is broken, by these. */
const QUOTED = /"[^"\n]*\{\{(?=[^"}\n]*"[^}\n]*\}\})/m

/**
 * Where a template's own words start; undefined for text that is none. What stands in a text block is text.
 * @param isBroken whether YAML cannot read the text
 */
export function findTemplate(text: string, isBroken: boolean): number | undefined {
  if (!text.includes('{{') && !text.includes('{%')) return undefined
  const outside = withoutTextBlocks(text)
  const found = [STATEMENT, BRACES, ...(isBroken ? [QUOTED] : [])].flatMap(sign => {
    const match = sign.exec(outside)
    return match === null ? [] : [match.index + match[0].search(/\{[{%#]-?$/)]
  })
  return found.length === 0 ? undefined : Math.min(...found)
}

export function reportTemplate(
  text: string,
  start: number,
  span: (from: number, to: number) => Span,
  report: Report,
): void {
  const isJinja = /^\{[%#]/.test(text.slice(start)) || /^[ \t]*\{[%#]/m.test(text)
  const place = span(start, start + 2)
  const help = isJinja
    ? 'let the tool that it is for (such as Ansible) render it first, and check what comes out'
    : 'render it first, for example with `helm template`, and check what comes out'
  const message = `the file is a template: \`${text.slice(start, start + 2)}\` is no YAML`
  if (makesOtherKinds(text))
    report.warn('template', `${message}; it is left out, since it makes no policy`, place, help)
  else report.error('template', message, place, help)
}

/** Kinds that decide rules, of all APIs. */
const DECISIVE =
  /(?:polic(?:y|ies)|networkset|endpoint|endpointslice|tier|profile|pool|configuration|installation|^pod|^node|^namespace|^service|^serviceaccount|^daemonset|list)$/i

/** Whether all the kinds that a template names are kinds that make no rules. One without any may make anything. */
function makesOtherKinds(text: string): boolean {
  const kinds = [...text.matchAll(/^kind:[ \t]*(\S.*?)[ \t]*(?:#.*)?$/gm)].map(([, kind]) => kind ?? '')
  return (
    kinds.length > 0 &&
    kinds.every(kind => /^["']?[A-Za-z]+["']?$/.test(kind) && !DECISIVE.test(kind.replaceAll(/["']/g, '')))
  )
}

const BLOCK_HEAD = /^([ ]*)(?:- +)*(?:[^#\n]*[:-][ \t]+)?[|>][-+0-9]*[ \t]*(?:#.*)?$/

/** The text with blanks in place of its text blocks (`key: |`): offsets stay. */
function withoutTextBlocks(text: string): string {
  let outer = -1
  return text
    .split('\n')
    .map(line => {
      const indent = line.search(/\S/)
      if (outer >= 0 && (indent < 0 || indent > outer)) return ' '.repeat(line.length)
      outer = -1
      const head = BLOCK_HEAD.exec(line.replace(/\r$/, ''))
      if (head !== null) outer = head[1]?.length ?? 0
      return line
    })
    .join('\n')
}
