// How long the page takes, in Chromium: `npm run page:timings`. First paint with the processor four times slower; typing until
// everything follows, of a cluster with 200 policies and 300 pods, and of one with 2,000 pods. Machines are noisy: the best is what
// the page takes, the mean what the machine made of it.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { spawnSync } from 'node:child_process'
import { dump } from 'js-yaml'
import { hostJson } from '../helpers/build.ts'
import { launch } from '../helpers/page-browser.ts'
import { type ClusterSize, LOCAL_NODE, SIZES, syntheticCluster } from '../helpers/synthetic-cluster.ts'

const folder = mkdtempSync(join(tmpdir(), 'calitables-timings-'))
const host = join(folder, 'host.json')
writeFileSync(host, hostJson(['eth0', '172.16.0.0/16']))

/** Keys typed for one figure; the first warm up. */
const KEYS = 15

function makePage(name: string, size?: ClusterSize): string {
  const page = join(folder, `${name}.html`)
  const args = ['bin/calitables.js', 'page', '--output-file', page]
  if (size !== undefined) {
    const file = join(folder, `${name}.yaml`)
    const documents = syntheticCluster(size).map(resource => dump(resource, { noRefs: true, lineWidth: -1 }))
    writeFileSync(file, documents.join('---\n'))
    args.push('-f', file, '--node', LOCAL_NODE, '--host', host)
  }
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  return pathToFileURL(page).href
}

async function openPage(browser: Browser, address: string, slower: number): Promise<Page> {
  const tab = await browser.newPage({ viewport: { width: 1400, height: 900 } })
  tab.setDefaultTimeout(120_000)
  const session = await tab.context().newCDPSession(tab)
  await session.send('Emulation.setCPUThrottlingRate', { rate: slower })
  await tab.goto(address)
  await tab.waitForSelector('main[aria-busy=false] .verdict', { state: 'attached' })
  return tab
}

/** Milliseconds from opening the file. */
async function firstPaint(tab: Page): Promise<{ readonly paint: number; readonly ready: number }> {
  return tab.evaluate(`({
    paint: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN,
    ready: performance.now(),
  })`)
}

/** Milliseconds from each key until all parts follow it, the pause that waits for the next key included. */
async function typing(tab: Page): Promise<readonly number[]> {
  await tab.locator('.cm-content').focus()
  // A comment on a line of its own, so that the input stays whole.
  await tab.keyboard.press('Control+Home')
  await tab.keyboard.press('Enter')
  await tab.keyboard.press('Control+Home')
  await tab.keyboard.type('#')
  await tab.waitForSelector('.app:not(.is-stale) main[aria-busy=false]')
  const times: number[] = []
  for (let key = 0; key < KEYS; key++) {
    const waiting = tab.evaluate<number>(`new Promise(resolve => {
      let start
      const main = document.querySelector('main')
      addEventListener('keydown', () => { start = performance.now() }, { capture: true, once: true })
      new MutationObserver((_, observer) => {
        if (start === undefined || main.getAttribute('aria-busy') !== 'false') return
        observer.disconnect()
        requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - start)))
      }).observe(main, { attributes: true, attributeFilter: ['aria-busy'] })
    })`)
    await tab.evaluate('new Promise(requestAnimationFrame)')
    await tab.keyboard.press('x')
    times.push(await waiting)
  }
  if ((await tab.locator('.app.is-stale').count()) > 0) throw new Error('what was typed broke the input')
  return times.slice(3).sort((a, b) => a - b)
}

function row(what: string, times: readonly number[]): string {
  const at = (part: number): string => (times[Math.floor((times.length - 1) * part)] ?? NaN).toFixed(0)
  const mean = times.reduce((sum, time) => sum + time, 0) / times.length
  return `| ${what} | ${at(0)} | ${at(0.5)} | ${mean.toFixed(0)} | ${at(1)} |`
}

const browser = await launch()
console.log('| what | best, ms | median, ms | mean, ms | worst, ms |')
console.log('|---|---|---|---|---|')
const empty = makePage('playground')
const paints: { readonly paint: number; readonly ready: number }[] = []
for (let run = 0; run < 5; run++) {
  const tab = await openPage(browser, empty, 4)
  paints.push(await firstPaint(tab))
  await tab.close()
}
const sorted = (key: 'paint' | 'ready'): readonly number[] => paints.map(times => times[key]).sort((a, b) => a - b)
console.log(row('first paint, 4 times slower', sorted('paint')))
console.log(row('everything drawn, 4 times slower', sorted('ready')))
for (const [what, size] of [
  ['200 policies, 300 pods', { ...SIZES.M, pods: 300, policies: 200 }],
  ['M', SIZES.M],
] as const) {
  const tab = await openPage(browser, makePage(what.replaceAll(/\W/g, ''), size), 1)
  console.log(row(`typing to everything updated, ${what}`, await typing(tab)))
  await tab.close()
}
await browser.close()
rmSync(folder, { recursive: true })
