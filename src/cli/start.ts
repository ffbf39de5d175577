// The start of the program: what needs nothing else is answered at once, and the rest is loaded only when it is needed.

import { writeSync } from 'node:fs'
import { VERSION_LINE } from './version.ts'

/** For the library, and for the build. */
export { codeCacheFile, loaded, loadBuilt } from './load-built.ts'

const VERSION_OPTIONS: readonly string[] = ['--version', '-v', '-V']

/** The exit code. */
export async function start(args: readonly string[]): Promise<number> {
  const [first = ''] = args
  if (args.length === 1 && VERSION_OPTIONS.includes(first)) {
    try {
      writeSync(1, `${VERSION_LINE}\n`)
      return 0
    } catch {
      // Nobody reads it, or there is no space: the streams of the whole program know what to say.
    }
  }
  const { main } = await import('./main.ts')
  return main(args)
}
