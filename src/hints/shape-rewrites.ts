// What a value of the wrong shape would be in the right one.

export type Mapping = Record<string, unknown>

export function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Text, a number or a boolean. */
export const isScalar = (value: unknown): boolean => typeof value !== 'object'

/** A list, or what stands for one of itself alone. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value]
}

/** The one of a list that has no other. */
export function single(value: unknown): unknown {
  return Array.isArray(value) && value.length === 1 ? (value as readonly unknown[])[0] : value
}

/** The items of a list that was written as one text: `80,443`; numbers, nets and addresses with blanks between, too. */
export function itemsOfText(value: unknown): readonly unknown[] {
  if (typeof value !== 'string') return [value]
  const words = value.trim().split(/\s+/)
  const items = value.includes(',')
    ? value.split(',')
    : words.every(word => /^[\w:].*\d$|^\d$/.test(word))
      ? words
      : [value]
  return items.length === 1 ? [value] : items.map(item => (/^\s*\d+\s*$/.test(item) ? Number(item) : item.trim()))
}

/** `Both`, `ingress/egress`: the directions that a text names. */
export function readDirections(value: unknown): readonly string[] | undefined {
  const text = scalarText(value)
  if (/^(?:both|all|any|\*)$/i.test(text)) return ['Ingress', 'Egress']
  const names = ['Ingress', 'Egress'].filter(name => new RegExp(`\\b${name}\\b`, 'i').test(text))
  return names.length === 0 ? undefined : names
}

/**
 * Text, a number, true or false as it is written; empty for a list or a mapping. A stranger's mapping may have a `toString` of its own, so
 * that `String` is not for values of the input.
 */
export function scalarText(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? `${value}` : ''
}

/** A value as YAML on one line. */
export function flowText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flowText).join(', ')}]`
  if (isMapping(value))
    return `{${Object.entries(value)
      .map(([key, entry]) => `${key}: ${flowText(entry)}`)
      .join(', ')}}`
  return typeof value === 'string' && !isPlain(value) ? JSON.stringify(value) : String(value)
}

/** Whether YAML takes a text for itself without quotes, on one line and between brackets too. */
function isPlain(text: string): boolean {
  return (
    /^[\w./(][^{}[\],"#]*$/.test(text) &&
    !/: |[:\s]$|\s\s|^[\d:]+$/.test(text) &&
    !/^(?:true|false|null|yes|no|on|off|y|n)$/i.test(text) &&
    !Number.isFinite(Number(text))
  )
}

/** A Kubernetes label selector, or a mapping of labels, in Calico's language. */
export function labelSelectorText(value: unknown): string | undefined {
  if (!isMapping(value)) return undefined
  const { matchLabels, matchExpressions, ...rest } = value
  const labels = typeof matchLabels === 'object' && matchLabels !== null ? { ...rest, ...matchLabels } : rest
  const terms: string[] = []
  for (const [label, wanted] of Object.entries(labels)) {
    if (typeof wanted === 'object' || !/^[\w./-]+$/.test(label)) return undefined
    terms.push(`${label} == '${scalarText(wanted)}'`)
  }
  for (const expression of Array.isArray(matchExpressions) ? matchExpressions : []) {
    const { key, operator, values } = (expression ?? {}) as Readonly<Record<string, unknown>>
    const set = `{${(Array.isArray(values) ? values : []).map(item => `'${scalarText(item)}'`).join(', ')}}`
    const label = scalarText(key)
    const written: Readonly<Record<string, string>> = {
      In: `${label} in ${set}`,
      NotIn: `${label} not in ${set}`,
      Exists: `has(${label})`,
      DoesNotExist: `!has(${label})`,
    }
    const term = Object.hasOwn(written, scalarText(operator)) ? written[scalarText(operator)] : undefined
    if (term === undefined) return undefined
    terms.push(term)
  }
  return terms.length === 0 ? 'all()' : terms.join(' && ')
}

/** `a=b,c=d` as `kubectl -l` takes it, in Calico's language; undefined for anything else. */
export function equalitySelectorText(text: string): string | undefined {
  const terms: string[] = []
  for (const term of text.split(',')) {
    const match = /^\s*([\w./-]+)\s*(!=|==?)\s*([\w.-]+)\s*$/.exec(term)
    if (match === null) return undefined
    const [, label = '', operator = '', value = ''] = match
    terms.push(`${label} ${operator === '!=' ? '!=' : '=='} '${value}'`)
  }
  return terms.join(' && ')
}
