// Screenshots of the page at five sizes in two themes, for eyes: `npm run page:shots -- [FOLDER]`.

import { mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { chromium } from 'playwright-core'

const SIZES = [
  [390, 844],
  [820, 1180],
  [1280, 800],
  [1680, 1050],
  [2560, 1440],
] as const

const folder = resolve(process.argv[2] ?? 'dist/page/shots')
mkdirSync(folder, { recursive: true })
const page = resolve('dist/page/page.html')
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
})
for (const colorScheme of ['light', 'dark'] as const) {
  for (const [width, height] of SIZES) {
    const tab = await browser.newPage({ viewport: { width, height }, colorScheme })
    tab.on('pageerror', error => console.log(`page error: ${error.message}`))
    tab.on('console', message => {
      if (message.type() === 'error') console.log(`console: ${message.text()}`)
    })
    await tab.goto(pathToFileURL(page).href)
    await tab.waitForSelector('.verdict', { state: 'attached' })
    await tab.waitForTimeout(400)
    const forward = tab.getByRole('button', { name: 'Step forward' })
    if (width > 1080) for (let step = 0; step < 20; step++) await forward.click()
    await tab.screenshot({ path: `${folder}/${colorScheme}-${width}.png` })
    await tab.close()
  }
}
await browser.close()
console.log(`10 pictures in ${folder}`)
