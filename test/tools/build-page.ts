// Builds the page: bundles app and worker, and writes dist/page/shell.html and content.json, which `calitables page` fills in.

import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { build } from 'esbuild'
import { assembleShell } from '../../src/page/assemble.ts'
import { readExamples, readLessons } from '../helpers/page-content.ts'

// Run from the folder of the project, as npm scripts are.
const UI = 'src/page/ui'

async function bundle(entry: string): Promise<string> {
  const result = await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    write: false,
    platform: 'browser',
    format: 'iife',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'none',
    charset: 'utf8',
  })
  return result.outputFiles[0]?.text ?? ''
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}

const app = (await bundle(`${UI}/main.tsx`)).replaceAll('</script', '<\\/script').replaceAll('<!--', '<\\!--')
const worker = await bundle('src/page/worker.ts')
const css = await build({ entryPoints: [`${UI}/page.css`], minify: true, write: false, bundle: true })
const style = css.outputFiles[0]?.text ?? ''
const template = readFileSync(`${UI}/page.html`, 'utf8')
const shell = assembleShell({ template, style, app, worker, hashes: { style: hashOf(style), app: hashOf(app) } })
mkdirSync('dist/page', { recursive: true })
writeFileSync('dist/page/shell.html', shell)
writeFileSync('dist/page/content.json', JSON.stringify({ lessons: readLessons(), examples: readExamples() }))
