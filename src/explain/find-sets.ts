// Which IP sets somebody means: by name in the kernel, by Calico's id, or by what they are made of.

import { isAddedLabel } from '../calico/labels.ts'
import type { IpSetSource } from '../model/plan.ts'
import type { IpSet } from '../model/ruleset.ts'
import type { Selector } from '../selector/ast.ts'
import { parseSelector } from '../selector/parse.ts'
import { printSelector } from '../selector/print.ts'
import { assertNever } from '../text/assert-never.ts'
import { findNamed } from '../text/find-named.ts'

type NamedSet = Pick<IpSet, 'name' | 'source'>

/**
 * `cali40this-host`, `this-host`, `rep == 'bad'`, `shop/api` of a service, `http` of a named port. A selector is as the kernel's set has
 * it, or as a namespaced policy has it in its YAML.
 */
export function findSets(wanted: string, sets: ReadonlyMap<string, NamedSet>): readonly NamedSet[] {
  const all = [...sets.values()]
  const named = (set: NamedSet): { spellings: readonly string[]; namespace: string } => ({
    spellings: setSpellings(set),
    namespace: '',
  })
  const found = findNamed(wanted, all, named)
  if (found.length > 0 || wanted.trim() === '') return found
  const selector = parseSelector(wanted)
  if (!selector.ok) return []
  const canonical = printSelector(selector.selector)
  const same = findNamed(canonical, all, named)
  return same.length > 0
    ? same
    : all.filter(({ source }) => source.kind === 'selector' && asWritten(source) === canonical)
}

/** The selector without what Calico adds to those of namespaced policies; undefined where nothing else is left. */
function asWritten({ selector }: Extract<IpSetSource, { kind: 'selector' }>): string | undefined {
  const written = withoutAdded(selector.selector)
  return written && printSelector(written)
}

function withoutAdded(selector: Selector): Selector | undefined {
  if (selector.kind !== 'and') return isAdded(selector) ? undefined : selector
  const operands = selector.operands.flatMap(operand => withoutAdded(operand) ?? [])
  const [only] = operands
  return operands.length > 1 ? { ...selector, operands } : only
}

/** Conditions on the namespace, on its labels and those of service accounts come from other fields of a rule. */
function isAdded(selector: Selector): boolean {
  if (selector.kind === 'not') return isAdded(selector.operand)
  return 'label' in selector && isAddedLabel(selector.label)
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
