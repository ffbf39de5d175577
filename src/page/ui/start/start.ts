// The only script that stands in the file as it is: has the others unpacked, puts them beside the data, and runs the page's.

import type { Unpacked } from './unpack.ts'

function textOf(id: string): string {
  return document.querySelector(`script#${id}`)?.textContent ?? ''
}

/** Data has a type that no browser runs. */
function hold(id: string, text: string, type = 'text/plain'): void {
  const script = document.createElement('script')
  script.id = id
  script.type = type
  script.textContent = text
  document.body.append(script)
}

const url = URL.createObjectURL(new Blob([textOf('unpacker')], { type: 'text/javascript' }))
const unpacker = new Worker(url)
unpacker.onmessage = ({ data: { app, worker, content } }: MessageEvent<Unpacked>) => {
  unpacker.terminate()
  URL.revokeObjectURL(url)
  hold('worker', worker)
  hold('built-in', content, 'application/json')
  hold('app', app, 'text/javascript')
}
unpacker.postMessage(textOf('packed'))
