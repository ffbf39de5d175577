// Which IP sets somebody means: by name in the kernel, by Calico's id, or by what they are made of.

import type { IpSet } from '../model/ruleset.ts'
import { parseSelector } from '../selector/parse.ts'
import { printSelector } from '../selector/print.ts'
import { assertNever } from '../text/assert-never.ts'
import { findNamed } from '../text/find-named.ts'

type NamedSet = Pick<IpSet, 'name' | 'source'>

/** `cali40this-host`, `this-host`, `rep == 'bad'`, `shop/api` of a service, `http` of a named port. */
export function findSets(wanted: string, sets: ReadonlyMap<string, NamedSet>): readonly NamedSet[] {
  const all = [...sets.values()]
  const named = (set: NamedSet): { spellings: readonly string[]; namespace: string } => ({
    spellings: setSpellings(set),
    namespace: '',
  })
  const found = findNamed(wanted, all, named)
  if (found.length > 0 || wanted.trim() === '') return found
  const selector = parseSelector(wanted)
  return selector.ok ? findNamed(printSelector(selector.selector), all, named) : []
}

/** The name in the kernel first. */
export function setSpellings({ name, source }: NamedSet): readonly string[] {
  const id = name.replace(/^cali[46]0/, '')
  const names = id === name ? [name] : [name, id]
  switch (source.kind) {
    case 'selector':
      return [...names, source.selector.canonical]
    case 'namedPort':
      return [...names, source.port]
    case 'service':
      return [...names, `${source.namespace}/${source.name}`, `service/${source.namespace}/${source.name}`]
    case 'static':
    case 'read':
      return names
    default:
      return assertNever(source)
  }
}
