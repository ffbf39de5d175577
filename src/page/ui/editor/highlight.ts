// Colours of YAML in the editor: keys, comments and marks, line by line. The parser that counts is the compiler's own; an
// editor's would be thirty kilobytes of the page for the same colours.

import {
  Decoration,
  type DecorationSet,
  EditorView,
  MatchDecorator,
  ViewPlugin,
  type ViewUpdate,
} from '@codemirror/view'

const KEY = Decoration.mark({ class: 'tok-key' })
const COMMENT = Decoration.mark({ class: 'tok-comment' })
const MARK = Decoration.mark({ class: 'tok-mark' })

/** A comment, a quoted text, a key, or a mark. Texts are matched so that nothing is looked for in them. */
const TOKEN =
  /(?<comment>(?<![^\s])#.*)|(?<key>(?:"(?:[^"\\]|\\.)*"|'[^']*'|[\w./-]+)(?=:(?:\s|$)))|"(?:[^"\\]|\\.)*"|'[^']*'|(?<mark>^(?:---|\.\.\.)|(?<=^\s*(?:- +)*)-(?=\s|$)|[[\]{},])/g

const matcher = new MatchDecorator({
  regexp: TOKEN,
  decorate: (add, from, to, { groups }) => {
    if (groups?.['comment'] !== undefined) add(from, to, COMMENT)
    else if (groups?.['key'] !== undefined) add(from, to, KEY)
    else if (groups?.['mark'] !== undefined) add(from, to, MARK)
  },
})

export const highlight = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet

    constructor(view: EditorView) {
      this.decorations = matcher.createDeco(view)
    }

    update(update: ViewUpdate): void {
      this.decorations = matcher.updateDeco(update, this.decorations)
    }
  },
  { decorations: plugin => plugin.decorations },
)
