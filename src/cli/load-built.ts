// Loads a bundle of dist/ on first use, and with it what V8 made of it when it was built: reading and compiling the compiler
// takes longer than a small input does.

import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Script } from 'node:vm'
import { keepCompiledCode } from './writing/compiled-code.ts'
import { scriptEnding } from './script-form.ts'

/** Core: an ES module without imports, for Node and browsers alike. Main: all of the command line, CommonJS. */
export type BundleName = 'core' | 'main'

export interface LoadedBundle {
  readonly script: Script
  readonly exports: unknown
}

/** Put here by the build; absent where the source itself runs. */
declare const BUNDLES: Readonly<Record<BundleName, { readonly file: string; readonly hash: string }>>

/** Kept for the build, which stores what V8 has compiled. */
export const loaded = new Map<BundleName, LoadedBundle>()

/** Below dist/: V8 checks its own version and the length of the text, so that text and Node are in the name. */
export function codeCacheFile(name: BundleName): string {
  return `cache/${name}-${BUNDLES[name].hash}-${process.version}-${process.arch}.bin`
}

/** What the bundle exports. */
export function loadBuilt(name: BundleName): unknown {
  const known = loaded.get(name)
  if (known !== undefined) return known.exports
  const folder = dirname(__dirname)
  const path = join(folder, BUNDLES[name].file)
  const cache = join(folder, codeCacheFile(name))
  const isCached = process.env.NODE_DISABLE_COMPILE_CACHE === undefined && existsSync(cache)
  if (!isCached && canRequireModules()) {
    keepCompiledCode()
    return require(path)
  }
  const text = functionText(name, path)
  const cachedData = isCached ? readIfThere(cache) : undefined
  const script = new Script(text, { filename: path, ...(cachedData === undefined ? {} : { cachedData }) })
  const run = script.runInThisContext() as (...given: readonly unknown[]) => unknown
  const exports = run(requireFrom, { exports: {} }, path)
  loaded.set(name, { script, exports })
  return exports
}

/** Modules are strict, and so is what the bundler made of those of the command line. */
const HEAD = "(function(require,module,__filename){'use strict';"

/** A bundle as the body of a function, put together where it was read. All of it is ASCII, and so the quickest to make text of. */
function functionText(name: BundleName, path: string): string {
  const bytes = read(path, HEAD.length, LONGEST_ENDING)
  const bundle = bytes.subarray(0, -LONGEST_ENDING)
  bytes.write(HEAD, 'latin1')
  const [end, ending] = name === 'core' ? scriptEnding(bundle) : [bundle.length, '\nreturn module.exports']
  return bytes.toString('latin1', 0, end + bytes.write(`${ending}\n})`, end, 'latin1'))
}

/** In bytes. That of the core is about as long as its list of exports; what is cut off is no script, and the build says so. */
const LONGEST_ENDING = 8192

/**
 * One piece of memory for all that is read: what stands in it is text or code before the next file is read, and memory that
 * nobody has touched takes longer to get than a file to read.
 */
let memory = Buffer.allocUnsafeSlow(2 ** 21)

/** A file, with so many bytes free before and behind it; good until the next one is read. */
function read(path: string, before = 0, behind = 0): Buffer {
  const descriptor = openSync(path, 'r')
  try {
    const { size } = fstatSync(descriptor)
    const length = before + size + behind
    if (memory.length < length) memory = Buffer.allocUnsafeSlow(length)
    let done = 0
    while (done < size) {
      const more = readSync(descriptor, memory, before + done, size - done, null)
      if (more === 0) throw new Error(`${path} ends before its end`)
      done += more
    }
    return memory.subarray(0, length)
  } finally {
    closeSync(descriptor)
  }
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return read(path)
  } catch {
    return undefined
  }
}

function requireFrom(name: string): unknown {
  return name === '#core' ? loadBuilt('core') : require(name)
}

/** Without a warning that it is an experiment. Such a Node can keep what it compiles of them, too. */
function canRequireModules(): boolean {
  return Number(process.versions.node.split('.')[0]) >= 24
}
