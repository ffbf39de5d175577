// Fields of Kubernetes objects that make no rules, read by hand: what does not fit is as if it were not there.

export type Mapping = Readonly<Record<string, unknown>>

const EMPTY: Mapping = {}

/** The mapping in a field, empty where there is none. */
export function mappingIn(parent: Mapping, key: string): Mapping {
  return asMapping(Object.hasOwn(parent, key) ? parent[key] : undefined)
}

export function asMapping(value: unknown): Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Mapping) : EMPTY
}

/** The text in a field, empty where there is none. */
export function textIn(parent: Mapping, key: string): string {
  const value = Object.hasOwn(parent, key) ? parent[key] : undefined
  return typeof value === 'string' ? value : ''
}

/** The items of a list in a field, empty where there is none. */
export function itemsIn(parent: Mapping, key: string): readonly unknown[] {
  const value = Object.hasOwn(parent, key) ? parent[key] : undefined
  return Array.isArray(value) ? value : []
}

/** The texts of a list in a field. */
export function textsIn(parent: Mapping, key: string): readonly string[] {
  return itemsIn(parent, key).filter(item => typeof item === 'string')
}

/** A whole number from 1 on in a field. */
export function integerIn(parent: Mapping, key: string, max: number): number | undefined {
  const value = Object.hasOwn(parent, key) ? parent[key] : undefined
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= max ? value : undefined
}

/** The entries of a mapping in a field whose value is text: labels. */
export function textMapIn(parent: Mapping, key: string): Readonly<Record<string, string>> {
  const entries = Object.entries(mappingIn(parent, key))
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}
