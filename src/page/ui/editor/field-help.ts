// What a field means, shown when the pointer rests on it.

import type { EditorView, Tooltip } from '@codemirror/view'
import { FIELD_HELP } from './field-data.ts'

export function fieldHelp(view: EditorView, offset: number): Tooltip | null {
  const line = view.state.doc.lineAt(offset)
  const [whole = '', lead = '', name = ''] = /^(\s*(?:- )*)(\w+)(?=:)/.exec(line.text) ?? []
  const text = Object.hasOwn(FIELD_HELP, name) ? FIELD_HELP[name] : undefined
  const start = line.from + lead.length
  if (text === undefined || offset < start || offset > line.from + whole.length) return null
  return {
    pos: start,
    end: line.from + whole.length,
    above: true,
    create: () => {
      const dom = document.createElement('div')
      dom.className = 'field-help'
      dom.textContent = text
      return { dom }
    },
  }
}
