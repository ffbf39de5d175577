// A YAML list of resources, as `kubectl get -o yaml` prints it, cut into its items without being parsed.

import { nextLine } from '../diagnostics/lines.ts'

export interface YamlList {
  /** The list's own fields, without `items`. */
  readonly envelope: string
  /** Offsets of each item, from its dash to the start of the next. */
  readonly items: readonly { readonly start: number; readonly end: number }[]
}

const LIST_KIND = /^kind:[ ]+\w*List[ ]*$/m
const ITEMS = /^items:[ ]*$/m

/** Undefined for a document that is not such a list, and for one that is written in any unusual way. */
export function splitYamlList(text: string, start: number, end: number): YamlList | undefined {
  // The kind stands before the items or behind them; neither search has to go through the items.
  const head = text.slice(start, Math.min(end, start + 1000))
  const tail = text.slice(Math.max(start, end - 1000), end)
  const itemsLine = ITEMS.exec(head)
  if (itemsLine === null || !(LIST_KIND.test(head) || LIST_KIND.test(tail))) return undefined
  const itemsStart = start + itemsLine.index
  const firstItem = text.indexOf('\n', itemsStart) + 1
  if (firstItem === 0 || firstItem >= end) return undefined
  const indent = /^ *(?=- )/.exec(text.slice(firstItem, Math.min(end, firstItem + 20)))?.[0]
  if (indent === undefined) return undefined
  const dash = `${indent}- `
  const items: { readonly start: number; readonly end: number }[] = []
  let itemStart = firstItem
  let itemsEnd = end
  for (let line = nextLine(text, firstItem); line < end; line = nextLine(text, line)) {
    const first = text.charCodeAt(line)
    const isItem = first === dash.charCodeAt(0) && text.startsWith(dash, line)
    // The list ends where another top-level field starts.
    const isField = !isItem && first !== BLANK && first !== NEWLINE && first !== HASH
    if (!isItem && !isField) continue
    items.push({ start: itemStart, end: line })
    itemStart = line
    if (isItem) continue
    itemsEnd = line
    break
  }
  if (itemsEnd === end) items.push({ start: itemStart, end })
  return { envelope: text.slice(start, itemsStart) + text.slice(itemsEnd, end), items }
}

const NEWLINE = 10
const BLANK = 32
const HASH = 35
