// Pictures of the page at five sizes in two themes, for eyes, and of what opens over it: `npm run page:shots -- [FOLDER]`.

import { mkdirSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Browser, chromium, type Page } from 'playwright-core'
import { type Pixels, smallPng } from './small-png.ts'

const SIZES = [
  [390, 844],
  [820, 1180],
  [1280, 800],
  [1680, 1050],
  [2560, 1440],
] as const

/** The picture that README opens with is one of them. */
const PICTURE = 'docs/page.png'
const PICTURE_WIDTH = 1280

/** One with a host endpoint, so that there is something to switch. */
const HOST_EXAMPLE = /close the node ports/

/** Wider than this all parts are seen at once. */
const NARROW = 1080

type Theme = 'light' | 'dark'

const folder = resolve(process.argv[2] ?? 'dist/page/shots')
const address = pathToFileURL(resolve('dist/page/page.html')).href

async function open(browser: Browser, colorScheme: Theme, [width, height]: readonly [number, number]): Promise<Page> {
  const tab = await browser.newPage({ viewport: { width, height }, colorScheme })
  tab.on('pageerror', error => console.log(`page error: ${error.message}`))
  tab.on('console', message => {
    if (message.type() === 'error') console.log(`console: ${message.text()}`)
  })
  await tab.goto(address)
  await tab.waitForSelector('.verdict', { state: 'attached' })
  return tab
}

async function shoot(tab: Page, name: string): Promise<void> {
  await tab.waitForTimeout(300)
  await tab.screenshot({ path: `${folder}/${name}.png` })
}

/** As it opens; then a packet on its way where all is seen at once, otherwise each part. */
async function shootSize(browser: Browser, theme: Theme, size: (typeof SIZES)[number]): Promise<void> {
  const [width] = size
  const tab = await open(browser, theme, size)
  await shoot(tab, `${theme}-${width}-start`)
  if (width > NARROW) {
    const forward = tab.getByRole('button', { name: 'Step forward' })
    for (let step = 0; step < 20; step++) await forward.click()
    await shoot(tab, `${theme}-${width}-packet`)
    if (theme === 'light' && width === PICTURE_WIDTH) writeFileSync(PICTURE, smallPng(await pixelsOf(browser, tab)))
  } else {
    for (const part of ['Plan', 'Rules', 'Packet']) {
      await tab.getByRole('button', { name: part, exact: true }).click()
      await shoot(tab, `${theme}-${width}-${part.toLowerCase()}`)
    }
  }
  await tab.close()
}

/** What is on the screen; a page of its own unpacks it, since this one lets no picture in. */
async function pixelsOf(browser: Browser, tab: Page): Promise<Pixels> {
  const png = (await tab.screenshot()).toString('base64')
  const other = await browser.newPage()
  const { width, height, data } = await other.evaluate<{ width: number; height: number; data: string }>(`(async () => {
    const response = await fetch('data:image/png;base64,${png}')
    const bitmap = await createImageBitmap(await response.blob())
    const { width, height } = bitmap
    const context = new OffscreenCanvas(width, height).getContext('2d')
    context.drawImage(bitmap, 0, 0)
    const { data } = context.getImageData(0, 0, width, height)
    let text = ''
    for (let start = 0; start < data.length; start += 32768) text += String.fromCharCode(...data.subarray(start, start + 32768))
    return { width, height, data: btoa(text) }
  })()`)
  await other.close()
  return { width, height, data: Buffer.from(data, 'base64') }
}

async function shootStates(browser: Browser, theme: Theme): Promise<void> {
  const tab = await open(browser, theme, [1280, 800])
  await tab.getByRole('button', { name: 'Lessons and examples' }).click()
  await tab.getByRole('button', { name: HOST_EXAMPLE }).click()
  await tab.locator('.what-if').getByRole('button', { name: 'preDNAT' }).click()
  await tab.getByRole('button', { name: 'Compare' }).click()
  await tab.waitForSelector('dialog[open]')
  await tab.waitForTimeout(1500)
  await shoot(tab, `${theme}-compare`)
  await tab.keyboard.press('Escape')
  for (const name of ['Lessons and examples', 'Share', 'Report']) {
    await tab.getByRole('button', { name, exact: true }).click()
    await tab.waitForSelector('dialog[open]')
    await shoot(tab, `${theme}-${name.split(' ')[0]?.toLowerCase()}`)
    await tab.keyboard.press('Escape')
  }
  await tab.getByRole('button', { name: 'Lessons and examples' }).click()
  await tab.locator('.lesson-list button').nth(2).click()
  await tab.waitForSelector('.lesson')
  await shoot(tab, `${theme}-lesson`)
  await tab.locator('.cm-content').focus()
  await tab.keyboard.press('Control+Home')
  await tab.keyboard.type('}')
  await tab.waitForSelector('.app.is-stale')
  await shoot(tab, `${theme}-broken`)
  await tab.close()
}

mkdirSync(folder, { recursive: true })
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
})
for (const theme of ['light', 'dark'] as const) {
  for (const size of SIZES) await shootSize(browser, theme, size)
  await shootStates(browser, theme)
}
await browser.close()
console.log(`pictures in ${folder}`)
