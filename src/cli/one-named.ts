// The one thing that a name on the command line means, or why there is none.

import { mayBe, orList } from '../text/wording.ts'
import { namespacesNamed, type Resource } from '../model/ast/resources.ts'
import { unknown } from '../text/unknown-name.ts'

export interface NameQuestion<T> {
  /** In messages: `endpoint`. */
  readonly what: string
  readonly wanted: string
  /** All that the name may mean. */
  readonly found: readonly T[]
  /** A name that nothing else has. */
  readonly nameOf: (one: T) => string
  /** Everything that somebody may have meant. */
  readonly spellings: () => readonly string[]
}

/** A text says why it is none: nothing is called so, or several are. */
export function oneNamed<T extends object>({ what, wanted, found, nameOf, spellings }: NameQuestion<T>): T | string {
  const [first, ...others] = found
  if (first === undefined) return unknown(what, wanted, spellings())
  return others.length === 0 ? first : mayBe(wanted, found.map(nameOf))
}

/** Why `-n` names nothing: no such namespace is in the input; undefined where there is, or where none is given or known. */
export function unknownNamespace(namespace: string | undefined, resources: readonly Resource[]): string | undefined {
  const known = namespacesNamed(resources)
  if (namespace === undefined || known.length === 0 || known.includes(namespace)) return undefined
  const told = unknown('namespace', namespace, known)
  return told.includes('?') ? told : `${told} (the input has ${orList(known.slice(0, MOST_NAMESPACES), 'and')})`
}

const MOST_NAMESPACES = 5
