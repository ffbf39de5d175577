// Values of fields that have the wrong shape: one value for a list, a mapping for a selector.

import type { Path } from '../diagnostics/source.ts'
import type { Shape } from './shape.ts'
import { isMapping, labelSelectorText, listTextHelp, type Mapping } from './shape-rewrites.ts'
import { LISTS } from './vocabulary.ts'

/** Lists written as one value. */
export function straightenLists(holder: Mapping, path: Path, shape: Shape): void {
  for (const key of LISTS) {
    const value = holder[key]
    if (value === undefined || value === null || Array.isArray(value)) continue
    const { help, items, written } = listTextHelp(key, value)
    const at: Path = [...path, key]
    const target = isMapping(value) ? 'key' : 'value'
    const edits = written === undefined ? [] : [{ place: shape.place(at, target), text: written }]
    const fix = written === undefined ? undefined : { title: `write ${written}`, edits }
    shape.fault('wrong-type', `\`${key}\` has to be a list`, at, help, target, { fix })
    holder[key] = items
    for (const index of items.keys()) shape.moves.add({ from: at, to: [...at, index] })
    if (items.length === 0) delete holder[key]
  }
}

/** Selectors written as Kubernetes writes them. */
export function straightenSelectors(holder: Mapping, path: Path, shape: Shape): void {
  if (shape.vocabulary.isKubernetes) return
  for (const key of ['selector', 'notSelector', 'namespaceSelector', 'serviceAccountSelector']) {
    const value = holder[key]
    if (typeof value !== 'object' || value === null) continue
    const text = labelSelectorText(value)
    shape.fault(
      'wrong-type',
      `\`${key}\` has to be text, and is a ${Array.isArray(value) ? 'list' : 'mapping'}`,
      [...path, key],
      text === undefined ? `write it as text, for example: ${key}: app == 'web'` : `write \`${key}: ${text}\``,
    )
    delete holder[key]
  }
}
