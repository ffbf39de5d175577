// Builds the page: shell.html, worker.js and content.json in dist/page, each packed, which `calitables page` puts together.

import { createHash } from 'node:crypto'
import { brotliCompressSync } from 'node:zlib'
import { mkdirSync, writeFileSync, readFileSync, rmSync } from 'node:fs'
import { build, type Metafile } from 'esbuild'
import { assembleShell } from '../../src/page/assemble.ts'
import { COMMON } from './bundles.ts'
import { readExamples, readLessons } from './page-content.ts'
import { withoutJsonSchemas, withUnicodeOfBrowser } from './page-plugins.ts'

// Run from the folder of the project, as npm scripts are.
const UI = 'src/page/ui'

interface Built {
  readonly text: string
  readonly metafile: Metafile
}

/** Its own compiler: of the one for Node and browsers it needs less, and the page is to be small. */
async function buildWorker(): Promise<Built> {
  const { outputFiles, metafile } = await build({
    ...COMMON,
    entryPoints: ['src/page/worker.ts'],
    platform: 'browser',
    format: 'iife',
    plugins: [withoutJsonSchemas, withUnicodeOfBrowser],
  })
  return { text: outputFiles[0]?.text ?? '', metafile }
}

async function buildApp(): Promise<Built> {
  const { outputFiles, metafile } = await build({
    ...COMMON,
    entryPoints: [`${UI}/main.tsx`],
    platform: 'browser',
    format: 'iife',
    jsx: 'automatic',
    jsxImportSource: 'preact',
  })
  const text = (outputFiles[0]?.text ?? '').replaceAll('</script', '<\\/script').replaceAll('<!--', '<\\!--')
  return { text, metafile }
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}

/** Writes dist/page. @returns what is in it */
export async function buildPage(): Promise<{ readonly metafiles: readonly Metafile[] }> {
  const worker = await buildWorker()
  const app = await buildApp()
  const css = await build({ entryPoints: [`${UI}/styles/page.css`], minify: true, write: false, bundle: true })
  const style = css.outputFiles[0]?.text ?? ''
  const template = readFileSync(`${UI}/page.html`, 'utf8')
  const hashes = { style: hashOf(style), app: hashOf(app.text) }
  const parts = {
    'worker.js': worker.text,
    'shell.html': assembleShell({ template, style, app: app.text, hashes }),
    'content.json': JSON.stringify({ lessons: readLessons(), examples: readExamples() }),
  }
  mkdirSync('dist/page', { recursive: true })
  // Brotli takes a fifth less than what npm packs with.
  for (const [name, text] of Object.entries(parts)) {
    rmSync(`dist/page/${name}`, { force: true })
    writeFileSync(`dist/page/${name}.br`, brotliCompressSync(text))
  }
  return { metafiles: [worker.metafile, app.metafile] }
}
