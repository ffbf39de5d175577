// Builds the page: shell.html and packed.bin in dist/page, which `calitables page` puts together.

import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { build, type BuildOptions, type Metafile } from 'esbuild'
import { asText, assembleShell, workerCode } from '../../src/page/assemble.ts'
import { compress } from '../../src/page/ui/start/lzma.js'
import { COMMON, writtenSmaller } from './bundles.ts'
import { packText } from './pack-text.ts'
import { readExamples, readLessons } from './page-content.ts'
import {
  withoutCycles,
  withoutFormats,
  withoutJsonSchemas,
  withoutLanguages,
  withoutMadeFunctions,
  withoutPacking,
  withoutSchemasOfYaml,
  withoutWritingYaml,
  withPlainMatching,
} from './page-plugins.ts'

// Run from the folder of the project, as npm scripts are.
const UI = 'src/page/ui'

/** What other commands write there. */
const KEPT = /^(page\.html|shots)$/

interface Built {
  readonly text: string
  readonly metafile: Metafile
}

async function buildScript(
  options: Pick<BuildOptions, 'entryPoints' | 'plugins' | 'jsx' | 'jsxImportSource'>,
): Promise<Built> {
  const { outputFiles, metafile } = await build({ ...options, ...COMMON, platform: 'browser', format: 'iife' })
  return { text: await writtenSmaller(outputFiles[0]?.text ?? '', { module: false }), metafile }
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}

/** Writes dist/page. @returns what is in it */
export async function buildPage(): Promise<{ readonly metafiles: readonly Metafile[] }> {
  // Its own compiler: of the one for Node and browsers it needs less, and the page is to be small.
  const worker = await buildScript({
    entryPoints: ['src/page/worker.ts'],
    plugins: [
      withoutCycles,
      withoutFormats,
      withoutJsonSchemas,
      withoutMadeFunctions,
      withoutSchemasOfYaml,
      withoutWritingYaml,
      withPlainMatching,
    ],
  })
  const app = await buildScript({
    entryPoints: [`${UI}/main.tsx`],
    plugins: [withoutLanguages],
    jsx: 'automatic',
    jsxImportSource: 'preact',
  })
  const unpacker = await buildScript({ entryPoints: [`${UI}/start/unpack.ts`], plugins: [withoutPacking] })
  const start = await buildScript({ entryPoints: [`${UI}/start/start.ts`] })
  const css = await build({ entryPoints: [`${UI}/styles/page.css`], minify: true, write: false, bundle: true })
  const style = css.outputFiles[0]?.text ?? ''
  const template = readFileSync(`${UI}/page.html`, 'utf8')
  const content = JSON.stringify({ lessons: readLessons(), examples: readExamples() })
  if (`${content}${app.text}`.includes('\0')) throw new Error('what is between the texts is in one of them')
  const first = compress(Buffer.from(`${content}\0${app.text}`), 9)
  const size = Buffer.alloc(4)
  size.writeUInt32BE(first.length)
  const shell = assembleShell({
    template,
    style,
    start: asText(start.text),
    unpacker: asText(unpacker.text),
    hashes: { style: hashOf(style), start: hashOf(asText(start.text)), app: hashOf(app.text) },
  })
  mkdirSync('dist/page', { recursive: true })
  for (const name of readdirSync('dist/page')) if (!KEPT.test(name)) rmSync(`dist/page/${name}`, { recursive: true })
  writeFileSync('dist/page/shell.html', shell)
  writeFileSync('dist/page/packed.bin', Buffer.concat([size, first, packText(Buffer.from(workerCode(worker.text)))]))
  return { metafiles: [worker.metafile, app.metafile, unpacker.metafile, start.metafile] }
}
