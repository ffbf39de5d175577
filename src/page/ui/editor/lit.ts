// Lines of the editor that are lit from the plan or the rules.

import { type Range, StateEffect, StateField } from '@codemirror/state'
import { Decoration, type DecorationSet, EditorView } from '@codemirror/view'

export const setLit = StateEffect.define<readonly { readonly from: number; readonly to: number }[]>()

const lit = Decoration.line({ class: 'lit-line' })

export const litField = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update: (current, transaction) => {
    let found = current.map(transaction.changes)
    for (const effect of transaction.effects) {
      if (!effect.is(setLit)) continue
      const starts = new Set<number>()
      const { doc } = transaction.state
      for (const { from, to } of effect.value) {
        for (let line = doc.lineAt(from).number; line <= doc.lineAt(Math.max(from, to - 1)).number; line++) {
          starts.add(doc.line(line).from)
        }
      }
      const ranges: Range<Decoration>[] = [...starts].sort((a, b) => a - b).map(start => lit.range(start))
      found = Decoration.set(ranges)
    }
    return found
  },
  provide: field => EditorView.decorations.from(field),
})
