// The built page in a real Chromium: opened from disk with the network off; what it reports is collected.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import type { Answer, Question } from '../../src/page/protocol.ts'
import type { PacketFields, PageInput } from '../../src/page/view.ts'
import { runCommand } from './run-command.ts'

const CHROMIUM = '/usr/bin/chromium'
const BUILT = fileURLToPath(new URL('../../dist/page/shell.html', import.meta.url))

/** Undefined where the page can be opened. */
export function whyNoPage(): string | undefined {
  if (!existsSync(CHROMIUM)) return `${CHROMIUM} is missing`
  if (spawnSync(CHROMIUM, ['--version']).status !== 0) return `${CHROMIUM} does not start`
  return existsSync(BUILT) ? undefined : 'dist/page is missing: npm run build'
}

/** Guards only, as wide as a busy machine needs. */
const WAIT_MS = 600_000

export async function launch(): Promise<Browser> {
  return chromium.launch({
    timeout: WAIT_MS,
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
  })
}

/** Writes the page as the command does. @returns its address */
export async function writePage(args: readonly string[] = []): Promise<string> {
  const { code, out, err } = await runCommand(['page', ...args])
  if (code !== 0) throw new Error(err)
  const file = join(mkdtempSync(join(tmpdir(), 'calitables-page-')), 'page.html')
  writeFileSync(file, out)
  return pathToFileURL(file).href
}

export interface OpenPage {
  readonly tab: Page
  /** Errors, messages of the console, broken policies of content, and everything that was fetched. */
  readonly complaints: readonly string[]
}

export async function open(browser: Browser, address: string, options: BrowserContextOptions = {}): Promise<OpenPage> {
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, ...options })
  context.setDefaultTimeout(WAIT_MS)
  await context.setOffline(true)
  const tab = await context.newPage()
  const complaints: string[] = []
  tab.on('pageerror', error => complaints.push(`error: ${error.message}`))
  tab.on('console', message => complaints.push(`${message.type()}: ${message.text()}`))
  tab.on('request', request => {
    if (!/^(file|blob|data):/.test(request.url())) complaints.push(`fetched: ${request.url()}`)
  })
  // Text, since these tests know no browser's types.
  await tab.addInitScript(`document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
    console.error('policy: ' + violatedDirective + ' ' + blockedURI))`)
  await tab.goto(address)
  await tab.waitForSelector('.verdict', { state: 'attached' })
  return { tab, complaints }
}

/** Asks a worker of its own, made of what the page holds, as the page asks it. */
export async function askWorker(tab: Page, questions: readonly Question[]): Promise<readonly Answer[]> {
  return tab.evaluate<readonly Answer[]>(`(async () => {
    const text = document.querySelector('script#worker').textContent
    const worker = new Worker(URL.createObjectURL(new Blob([text], { type: 'text/javascript' })))
    const answers = []
    for (const question of ${JSON.stringify(questions)}) {
      answers.push(await new Promise(resolve => {
        worker.onmessage = ({ data }) => resolve(data)
        worker.postMessage(question)
      }))
    }
    worker.terminate()
    return answers
  })()`)
}

/** Drawn so often, a page has done what it does. A clock would say how busy the machine is. */
const MOST_DRAWINGS = 1000

/** Whether it comes to be so, asked whenever the page has been drawn. */
export async function comesTrue(tab: Page, isSo: () => Promise<boolean>): Promise<boolean> {
  for (let asked = 0; asked < MOST_DRAWINGS; asked++) {
    if (await isSo()) return true
    await drawn(tab)
  }
  return false
}

/** Until what was done is drawn. */
export async function drawn(tab: Page): Promise<void> {
  await tab.evaluate('new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve)))')
}

/** The page with an input and a packet in its address, as its own link has them. */
export async function linkTo(address: string, input: PageInput, packet: PacketFields = {}): Promise<string> {
  const json = JSON.stringify({ input, packet, endpoint: '', direction: 'ingress', ipVersion: 4 })
  const stream = new Blob([json]).stream().pipeThrough(new CompressionStream('deflate-raw'))
  const bytes = Buffer.from(await new Response(stream).arrayBuffer())
  return `${address}#s=${bytes.toString('base64url')}`
}
