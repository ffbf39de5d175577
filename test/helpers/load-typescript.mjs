// Loads TypeScript in tests: esbuild takes the types off. What tap brings for it takes seconds of processor time for each test file.
// What esbuild made of a file is kept, so that not each of the test files has all of src/ made anew.

import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { register } from 'node:module'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isMainThread } from 'node:worker_threads'

// This file stands on both sides: the main thread registers it, and the thread of the hooks asks it.
if (isMainThread) register(import.meta.url)

const ROOT = new URL('../../', import.meta.url)
const KEPT = fileURLToPath(new URL('node_modules/.cache/calitables-tests/', ROOT))

/** What decides what is made of a text: part of its key. */
const OPTIONS = {
  loader: 'ts',
  format: 'esm',
  target: 'node20',
  sourcemap: 'inline',
  sourcesContent: false,
  tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
}

/** What is kept ends with this and a line of its own: of which text it was made, and by what. */
const MADE_OF = '\n// made of '

let maker
/** esbuild's version and the options. */
function madeBy() {
  maker ??= `${JSON.parse(readFileSync(new URL('node_modules/esbuild/package.json', ROOT), 'utf8')).version} ${JSON.stringify(OPTIONS)}`
  return maker
}

async function withoutTypes(path, text) {
  const { transform } = await import('esbuild')
  return (await transform(text, { ...OPTIONS, sourcefile: basename(path) })).code
}

/** Where what is made of a file of this checkout is kept: one place for each file, so that there are never more than files. */
function placeOf(url) {
  return url.startsWith(ROOT.href) ? join(KEPT, url.slice(ROOT.href.length).replaceAll('/', '+')) : undefined
}

function readKept(place, mark) {
  try {
    const kept = readFileSync(place, 'utf8')
    return kept.endsWith(mark) ? kept : undefined
  } catch {
    return undefined
  }
}

/** Other test files write and read at the same time: they see all of it or nothing. Where nothing can be written nothing is kept. */
function keep(place, code) {
  const beside = `${place}.${process.pid}`
  try {
    mkdirSync(KEPT, { recursive: true })
    writeFileSync(beside, code)
    renameSync(beside, place)
  } catch {
    rmSync(beside, { force: true })
  }
}

/** The hook `resolve` of Node: one TypeScript file names another by its whole path, so that nothing has to be looked for. */
export function resolve(specifier, context, next) {
  if (!/^\.{1,2}\/.*\.ts$/.test(specifier)) return next(specifier, context)
  return { url: new URL(specifier, context.parentURL).href, format: 'module', shortCircuit: true }
}

/** The hook `load` of Node: other files than TypeScript go on to the next one. */
export async function load(url, context, next) {
  if (!url.startsWith('file:') || !url.endsWith('.ts')) return next(url, context)
  const path = fileURLToPath(url)
  const text = readFileSync(path, 'utf8')
  const place = placeOf(url)
  const mark = `${MADE_OF}${createHash('sha256').update(`${madeBy()}\n${text}`).digest('hex')}`
  let source = place && readKept(place, mark)
  if (source === undefined) {
    source = `${await withoutTypes(path, text)}${mark}`
    if (place !== undefined) keep(place, source)
  }
  return { format: 'module', source, shortCircuit: true }
}
