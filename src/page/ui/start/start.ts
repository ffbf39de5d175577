// The only script that stands in the file as it is: has the others unpacked, puts them beside the data, and runs the page's.

import type { First, Second } from './unpack.ts'

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
unpacker.onmessage = ({ data }: MessageEvent<First | Second>) => {
  if ('app' in data) {
    hold('built-in', data.content, 'application/json')
    hold('app', data.app, 'text/javascript')
  } else {
    unpacker.terminate()
    URL.revokeObjectURL(url)
    hold('worker', data.worker)
    // The page may wait for it.
    dispatchEvent(new Event('unpacked'))
  }
}
unpacker.postMessage(textOf('packed'))
