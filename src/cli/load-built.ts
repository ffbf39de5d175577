// Loads a bundle of dist/ on first use, and with it what V8 made of it when it was built: reading and compiling the compiler
// takes longer than a small input does.

import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Script } from 'node:vm'
import { keepCompiledCode } from './writing/compiled-code.ts'
import { scriptForm } from './script-form.ts'

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
  const cached = readCodeCache(join(folder, codeCacheFile(name)))
  if (cached === undefined && canRequireModules()) {
    keepCompiledCode()
    return require(path)
  }
  // All of it is ASCII, and so the quickest to read.
  const text = readFileSync(path, 'latin1')
  const body = name === 'core' ? scriptForm(text) : `${text}\nreturn module.exports`
  const script = new Script(`(function(require,module,__filename){${body}\n})`, {
    filename: path,
    ...(cached === undefined ? {} : { cachedData: cached }),
  })
  const run = script.runInThisContext() as (...given: readonly unknown[]) => unknown
  const exports = run(requireFrom, { exports: {} }, path)
  loaded.set(name, { script, exports })
  return exports
}

function requireFrom(name: string): unknown {
  return name === '#core' ? loadBuilt('core') : require(name)
}

/** Without a warning that it is an experiment. Such a Node can keep what it compiles of them, too. */
function canRequireModules(): boolean {
  return Number(process.versions.node.split('.')[0]) >= 24
}

function readCodeCache(path: string): Buffer | undefined {
  if (process.env.NODE_DISABLE_COMPILE_CACHE !== undefined) return undefined
  try {
    return readFileSync(path)
  } catch {
    return undefined
  }
}
