// Builds what runs in browsers: dist/browser.js (the API), and of the page dist/page/shell.html, worker.js and content.json,
// which `calitables page` puts together. API and worker share one core, which is kept once, in browser.js.

import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { build, type BuildOptions } from 'esbuild'
import { assembleShell, CORE_END, CORE_START } from '../../src/page/assemble.ts'
import { readExamples, readLessons } from '../helpers/page-content.ts'
import { withoutJsonSchemas, withUnicodeOfBrowser } from './page-plugins.ts'

// Run from the folder of the project, as npm scripts are.
const UI = 'src/page/ui'

const COMMON = {
  bundle: true,
  minify: true,
  write: false,
  platform: 'browser',
  target: 'es2022',
  legalComments: 'none',
  charset: 'ascii',
  plugins: [withoutJsonSchemas, withUnicodeOfBrowser],
} as const satisfies BuildOptions

interface Compilers {
  /** dist/browser.js: one file that needs nothing else, an ES module. */
  readonly browser: string
  /** What the worker has beside the core. */
  readonly worker: string
}

async function buildCompilers(): Promise<Compilers> {
  const { outputFiles } = await build({
    ...COMMON,
    entryPoints: ['src/browser.ts', 'src/page/worker.ts'],
    format: 'esm',
    splitting: true,
    outdir: 'dist',
    outbase: 'src',
  })
  const textOf = (end: RegExp): string => {
    const found = outputFiles.filter(({ path }) => end.test(path))
    if (found.length !== 1) throw new Error(`${found.length} bundles are called ${end.source}`)
    return found[0]?.text ?? ''
  }
  if (outputFiles.length !== 3) throw new Error(`${outputFiles.length} bundles instead of two and what they share`)
  const shared = textOf(/chunk-\w+\.js$/)
  const core = `${CORE_START}const CORE=(()=>{${replaceOnce(shared, EXPORTS, (_, names: string) => `return{${turned(names)}}`)}})();${CORE_END}`
  return {
    browser: `${core}${withCore(textOf(/browser\.js$/))}`,
    worker: withCore(textOf(/worker\.js$/)),
  }
}

const EXPORTS = /export\{([^{}]*)\};?\s*$/
const IMPORTS = /import\{([^{}]*)\}from"[^"]*chunk-\w+\.js";/

function withCore(entry: string): string {
  return replaceOnce(entry, IMPORTS, (_, names: string) => `const{${names.replaceAll(' as ', ':')}}=CORE;`)
}

/** `a as b` of an export list is `b:a` in an object. */
function turned(names: string): string {
  return names
    .split(',')
    .map(name => name.split(' as '))
    .map(([own = '', shown = own]) => `${shown}:${own}`)
    .join(',')
}

function replaceOnce(text: string, pattern: RegExp, by: (whole: string, names: string) => string): string {
  if (!pattern.test(text)) throw new Error(`a bundle has no ${pattern.source}`)
  return text.replace(pattern, by)
}

async function buildApp(): Promise<string> {
  const { outputFiles } = await build({
    ...COMMON,
    entryPoints: [`${UI}/main.tsx`],
    format: 'iife',
    jsx: 'automatic',
    jsxImportSource: 'preact',
  })
  return (outputFiles[0]?.text ?? '').replaceAll('</script', '<\\/script').replaceAll('<!--', '<\\!--')
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}

const { browser, worker } = await buildCompilers()
const app = await buildApp()
const css = await build({ entryPoints: [`${UI}/styles/page.css`], minify: true, write: false, bundle: true })
const style = css.outputFiles[0]?.text ?? ''
const template = readFileSync(`${UI}/page.html`, 'utf8')
mkdirSync('dist/page', { recursive: true })
writeFileSync('dist/browser.js', browser)
writeFileSync('dist/page/worker.js', worker)
const shell = assembleShell({ template, style, app, hashes: { style: hashOf(style), app: hashOf(app) } })
writeFileSync('dist/page/shell.html', shell)
writeFileSync('dist/page/content.json', JSON.stringify({ lessons: readLessons(), examples: readExamples() }))
