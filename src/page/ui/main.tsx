// Starts the page: what the address or the file says, or the first example.

import { render } from 'preact'
import { App } from './app.tsx'
import { content } from './content.ts'
import { sharedInAddress } from './link.ts'
import { moveStep, set, setInput, state } from './store.ts'

async function start(): Promise<void> {
  const root = document.querySelector('#root')
  if (root === null) return
  const shared = await sharedInAddress()
  const [first] = content.examples
  const input = shared?.input ?? content.input ?? first
  if (shared !== undefined) {
    const { packet, endpoint, direction, ipVersion } = shared
    set({ packet, endpoint, direction, ipVersion })
  } else if (content.input === undefined && first?.packet !== undefined) set({ packet: first.packet })
  root.replaceChildren()
  render(<App />, root)
  if (input === undefined) return
  const { files, host, node } = input
  setInput({ files, host, node, release: 'release' in input ? input.release : '' })
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
void start()
