// Felix's lists of interface names and regular expressions: `kube-ipvs0,/^veth/` (felix/config/param_types.go: RegexpPatternListParam).

import { parseRegularExpression } from '../text/regular-expression.ts'

/** Undefined where an element is neither a name nor an expression between slashes. */
export function parsePatternList(text: string): readonly string[] | undefined {
  const elements = text.split(',')
  return elements.every(isNameOrPattern) ? elements : undefined
}

function isNameOrPattern(element: string): boolean {
  // Go's \s is ASCII only.
  if (!/^\/[^ \t\n\f\r]+\/$/.test(element)) return /^[a-zA-Z0-9_-]{1,15}$/.test(element)
  return parseRegularExpression(element.slice(1, -1)) !== undefined
}

/** Whether a name is one of the list; its expressions are made ready once. */
export function patternMatcher(elements: readonly string[]): (name: string) => boolean {
  const names = new Set(elements)
  const patterns = elements.flatMap(element =>
    element.startsWith('/') ? (parseRegularExpression(element.slice(1, -1)) ?? []) : [],
  )
  return name => names.has(name) || patterns.some(({ matches }) => matches(name))
}
