// The YAML editor: CodeMirror with the messages of `check` in place, completion, and what is lit from elsewhere marked.

import { autocompletion, completionKeymap } from '@codemirror/autocomplete'
import { history, historyKeymap, indentWithTab, standardKeymap } from '@codemirror/commands'
import { lintGutter, lintKeymap, setDiagnostics } from '@codemirror/lint'
import { EditorState } from '@codemirror/state'
import { EditorView, highlightActiveLine, hoverTooltip, keymap, lineNumbers } from '@codemirror/view'
import { useEffect, useRef } from 'preact/hooks'
import { effect } from '@preact/signals'
import { STYLE_NONCE } from '../../assemble.ts'
import { litBy, placeAt } from '../../links.ts'
import { activeText, type Light } from '../../state.ts'
import { lightUp, pin, set, state, typeText } from '../store.ts'
import { completeFrom } from './complete.ts'
import { fieldHelp } from './field-help.ts'
import { diagnosticsFor } from './findings.ts'
import { highlight } from './highlight.ts'
import { litField, setLit } from './lit.ts'

/** A change that comes from the state is not typed. */
let isFollowing = false

export function Editor() {
  const place = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const parent = place.current
    if (parent === null) return undefined
    const view = new EditorView({
      parent,
      state: EditorState.create({ doc: activeText(state.value), extensions: extensions() }),
    })
    const stop = [followText(view), followFindings(view), followLight(view), followGoal(view)]
    return () => {
      for (const end of stop) end()
      view.destroy()
    }
  }, [])
  return <div class="editor" ref={place} />
}

function extensions() {
  return [
    lineNumbers(),
    lintGutter(),
    history(),
    highlightActiveLine(),
    highlight,
    autocompletion({ override: [completeFrom(() => state.value)] }),
    hoverTooltip(fieldHelp),
    EditorView.lineWrapping,
    EditorView.cspNonce.of(STYLE_NONCE),
    litField,
    EditorView.contentAttributes.of({ 'aria-label': 'YAML of the cluster', tabindex: '0' }),
    // Tab leaves the editor for the keyboard only after Escape, as CodeMirror does it.
    keymap.of([...standardKeymap, ...historyKeymap, ...completionKeymap, ...lintKeymap, indentWithTab]),
    EditorView.updateListener.of(update => {
      if (update.docChanged && !isFollowing) typeText(update.state.doc.toString())
      if (update.selectionSet && !isFollowing) pinAt(update.state.selection.main.head)
    }),
    EditorView.domEventHandlers({
      mousemove: (event, view) => lightAt(view.posAtCoords({ x: event.clientX, y: event.clientY })),
      mouseleave: () => lightUp(undefined),
    }),
  ]
}

function lightAt(offset: number | null): void {
  const { model, activeFile, isStale, light } = state.value
  const index = offset === null || model === undefined || isStale ? undefined : placeAt(model, activeFile, offset)
  if (light?.kind === 'place' && light.index === index) return
  if (index === undefined) {
    if (light !== undefined) lightUp(undefined)
  } else lightUp({ kind: 'place', index })
}

function pinAt(offset: number): void {
  const { model, activeFile, isStale } = state.value
  const index = model === undefined || isStale ? undefined : placeAt(model, activeFile, offset)
  pin(index === undefined ? undefined : { kind: 'place', index })
}

/** Another file, an undo, a fix: the document becomes what the state says. */
function followText(view: EditorView): () => void {
  return effect(() => {
    const wanted = activeText(state.value)
    const { doc } = view.state
    if (doc.length === wanted.length && doc.toString() === wanted) return
    isFollowing = true
    view.dispatch({ changes: { from: 0, to: doc.length, insert: wanted } })
    isFollowing = false
  })
}

/** Goes to where a link leads. */
function followGoal(view: EditorView): () => void {
  let shown: unknown
  return effect(() => {
    const { goal, activeFile } = state.value
    if (goal === shown || goal === undefined) return
    shown = goal
    if (goal.file !== activeFile || goal.start > view.state.doc.length) return
    view.dispatch({
      selection: { anchor: goal.start },
      effects: EditorView.scrollIntoView(goal.start, { y: 'center' }),
    })
    if (!goal.isOnlyShown) view.focus()
  })
}

function followFindings(view: EditorView): () => void {
  let shown: unknown
  return effect(() => {
    const { findings, activeFile } = state.value
    const key = findings
    if (shown === key) return
    shown = key
    view.dispatch(setDiagnostics(view.state, diagnosticsFor(findings, activeFile, view.state.doc.length)))
    // The list below takes room from the editor: where one types stays in sight.
    requestAnimationFrame(() => {
      if (view.hasFocus) view.dispatch({ effects: EditorView.scrollIntoView(view.state.selection.main.head) })
    })
  })
}

function followLight(view: EditorView): () => void {
  let shown = ''
  let followed: Light | undefined
  return effect(() => {
    const { model, activeFile, light } = state.value
    const places = [...litBy(state.value).places].flatMap(index => model?.places[index] ?? [])
    const [other] = places
    // What is lit from elsewhere is shown, in whichever file it is; a tab that somebody chose then stays.
    if (light !== followed) {
      followed = light
      if (light !== undefined && light.kind !== 'place' && !places.some(({ file }) => file === activeFile) && other)
        queueMicrotask(() => set({ activeFile: other.file }))
    }
    const ranges = places.flatMap(({ file, start, end }) => (file === activeFile ? [{ from: start, to: end }] : []))
    const key = JSON.stringify(ranges)
    if (key === shown) return
    shown = key
    const size = view.state.doc.length
    const inside = ranges.filter(({ from, to }) => from < to && to <= size).sort((a, b) => a.from - b.from)
    const [first] = inside
    const isElsewhere = light !== undefined && light.kind !== 'place'
    view.dispatch({
      effects: [
        setLit.of(inside),
        ...(first === undefined || !isElsewhere ? [] : [EditorView.scrollIntoView(first.from, { y: 'center' })]),
      ],
    })
  })
}
