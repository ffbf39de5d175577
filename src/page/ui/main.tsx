// Starts the page: what the address or the file says, or the first example.

import { render } from 'preact'
import { App } from './app.tsx'
import { content } from './content.ts'
import { sharedInAddress } from './link.ts'
import { moveStep, set, setInput, state } from './store.ts'

async function start(): Promise<void> {
  const root = document.querySelector('#root')
  if (root === null) return
  const isShared = await openShared()
  root.replaceChildren()
  render(<App />, root)
  if (isShared) return
  const [first] = content.examples
  if (content.input !== undefined) return setInput(content.input)
  if (first === undefined) return
  const { files, host, node, packet } = first
  if (packet !== undefined) set({ packet })
  setInput({ files, host, node, release: '' })
}

/** Opens what the address holds; false where it holds nothing, which is told if it was meant to. */
async function openShared(): Promise<boolean> {
  const shared = await sharedInAddress()
  set({ isLinkBroken: shared === 'broken' })
  if (shared === 'broken' || shared === undefined) return false
  const { input, packet, endpoint, direction, ipVersion } = shared
  const { lesson: _, base: __, ...rest } = state.value
  state.value = { ...rest, packet, endpoint, direction, ipVersion, undo: [], dialog: 'none' }
  setInput(input)
  return true
}

/** Steps of the packet by the keyboard from wherever nobody types. */
function onKey(event: KeyboardEvent): void {
  const isTyping =
    event.target instanceof Element && event.target.closest('input, select, textarea, .cm-editor, dialog') !== null
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey || state.value.dialog !== 'none') return
  if (event.key === 'j' || event.key === 'ArrowRight') moveStep(1)
  else if (event.key === 'k' || event.key === 'ArrowLeft') moveStep(-1)
  else if (event.key === '?') set({ dialog: 'examples' })
  else return
  event.preventDefault()
}

document.addEventListener('keydown', onKey)
// A link that is pasted where the page is open already.
addEventListener('hashchange', () => void openShared())
void start()
