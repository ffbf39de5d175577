// The built page in a real Chromium, in strange hands and without a mouse: whatever a stranger writes stays text, it can be
// used by the keyboard and read by a screen reader, and what is lit, changed and compared is what the engine says.

import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import type { Locator, Page } from 'playwright-core'
import type { PageInput } from '../src/page/view.ts'
import { readExamples, readLessons } from './helpers/page-content.ts'
import { comesTrue, drawn, launch, linkTo, open, whyNoPage, writePage } from './helpers/page-browser.ts'
import { MARKUP, PAYLOADS } from './helpers/payloads.ts'
import { runCommand } from './helpers/run-command.ts'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const why = whyNoPage()
if (why !== undefined) console.error(`\n*** THE PAGE IS NOT TESTED: ${why} ***\n`)

const HOSTILE = [...MARKUP, ...PAYLOADS.filter(text => text !== '')]

t.test('the page', { skip: why ?? false, timeout: 1_200_000 }, async t => {
  const browser = await launch()
  t.teardown(() => browser.close())
  const address = await writePage()

  t.test('what a stranger writes into a link stays text', async t => {
    const { tab, complaints } = await open(browser, address)
    for (const input of [...MARKUP.map(acceptedInput), ...groupsOf(HOSTILE, 12).map(refusedInput)]) {
      await goTo(tab, await linkTo(address, input, { from: input.host || 'host', to: input.node || 'host' }))
      const isAccepted = (await tab.locator('.findings .error').count()) === 0
      t.equal(isAccepted, input.node === 'node-1')
      t.strictSame(await strangers(tab), [], (input.files[0]?.name ?? '').replace(/[^ -~]/g, '?'))
    }
    t.strictSame(complaints, [], 'nothing runs, nothing is fetched, no policy is broken')
    await tab.context().close()
  })

  t.test('a link that is no link opens the page as it is', async t => {
    const { tab, complaints } = await open(browser, address)
    const title = await tab.locator('.rules h2').textContent()
    const bomb = await linkTo(address, {
      files: [{ name: 'a', text: ' '.repeat(9_000_000) }],
      host: '',
      node: '',
      release: '',
    })
    for (const hash of [
      '#s=',
      '#s=AAAA',
      `#s=${'A'.repeat(20_000)}`,
      '#s=<script>',
      new URL(bomb).hash,
      new URL(
        await linkTo(address, JSON.parse('{"files":[{"name":"a","text":1}],"__proto__":{"owned":1}}') as PageInput),
      ).hash,
    ]) {
      await goTo(tab, `${address}${hash}`)
      t.equal(await tab.locator('.rules h2').textContent(), title, hash.slice(0, 20))
      t.match(await tab.getByRole('alert').textContent(), /link cannot be read/, 'and it is told')
    }
    t.strictSame(await strangers(tab), [])
    t.strictSame(complaints, [])
    await tab.context().close()
  })

  t.test('a cluster and lessons of strangers stay text in a page that is made of them', async t => {
    const folder = hostileFolder()
    const own = await writePage([
      '-f',
      join(folder, 'cluster'),
      '--node',
      'node-1',
      '--lessons',
      join(folder, 'lessons'),
    ])
    const { tab, complaints } = await open(browser, own)
    t.match(await tab.locator('[role=tab]').first().textContent(), /x\.yaml$/, 'it opens on the cluster')
    await tab.getByRole('button', { name: 'Lessons and examples' }).click()
    await tab.locator('.lesson-list button').last().click()
    await tab.waitForSelector('.lesson')
    for (const group of await tab.locator('.predict .switch').all()) await group.locator('button').first().click()
    await tab.locator('.task button', { hasText: 'Hint' }).click()
    await tab.locator('.task button', { hasText: 'Check' }).click()
    await tab.waitForSelector('.results li')
    const text = await tab.locator('.lesson').textContent()
    for (const payload of MARKUP.slice(0, 12)) t.ok(text?.includes(payload), `${payload} is shown as it is written`)
    t.strictSame(await strangers(tab), [])
    t.strictSame(complaints, [])
    await tab.context().close()
  })

  t.test('axe finds nothing, in either theme, wide and narrow, whatever one does', async t => {
    for (const [colorScheme, width] of [
      ['light', 1400],
      ['dark', 1400],
      ['dark', 390],
    ] as const) {
      const { tab } = await open(browser, address, { colorScheme, viewport: { width, height: 900 } })
      for (const [state, reach] of STATES) {
        await reach(tab, width)
        t.strictSame(await axe(tab), [], `${state}, ${colorScheme}, ${width}`)
        await tab.keyboard.press('Escape')
      }
      await tab.context().close()
    }
  })

  t.test('a narrow screen shows all of the line on top, however long the name of the node', async t => {
    const node = 'ip-192-0-2-17.eu-central-1.compute.internal'
    const text = `apiVersion: projectcalico.org/v3\nkind: HostEndpoint\nmetadata: {name: h}\nspec: {interfaceName: eth0, node: ${node}}\n`
    const link = await linkTo(address, { files: [{ name: 'a.yaml', text }], host: '', node, release: 'v3.32.1' })
    for (const width of [320, 400]) {
      const { tab } = await open(browser, address, { viewport: { width, height: 844 } })
      await goTo(tab, link)
      const all = await tab.locator('.top button, .top select').all()
      t.ok(all.length >= 7, `${width}: ${all.length} buttons and lists`)
      for (const one of all) {
        const { x = -1, width: own = 0 } = (await one.boundingBox()) ?? {}
        t.ok(x >= 0 && x + own <= width, `${width}: ${await one.textContent()} from ${x} to ${x + own}`)
      }
      await tab.context().close()
    }
  })

  t.test('by the keyboard alone: a lesson from its start to its solution', async t => {
    const { tab } = await open(browser, address)
    await press(tab, 'button.strong', 'Lessons and examples')
    await press(tab, 'button.choice', readLessons()[2]?.title ?? '')
    await tab.waitForSelector('.lesson')
    t.ok(await tab.evaluate<boolean>(`document.activeElement.matches('.lesson h2')`), 'the lesson has the focus')
    const questions = readLessons()[2]?.predict.packets.length ?? 0
    for (let index = 1; index <= questions; index++)
      await press(tab, `.predict li:nth-child(${index}) .switch button:first-child`, 'gets through')
    await tab.waitForSelector('.predict .link')
    const because = `[...document.querySelectorAll('.predict > ul:last-child > li')].map(li => getComputedStyle(li).display)`
    const displays = await tab.evaluate<readonly string[]>(because)
    t.ok(
      displays.length > 1 && displays.every(display => display === 'list-item'),
      'why it is so is text, no row of boxes',
    )
    await press(tab, '.task button', 'Check')
    await tab.waitForSelector('.results .bad')
    await press(tab, '.task button', 'Show a solution')
    await tab.waitForSelector('.results:not(:has(.bad))')
    t.equal(await tab.evaluate(`document.activeElement.textContent`), 'Show a solution', 'and the focus stays')
    await press(tab, '.task button', 'Check')
    await tab.waitForSelector('.results:not(:has(.bad))')
    t.ok((await tab.locator('.remember li').count()) > 0)
    await tab.context().close()
  })

  t.test('by the keyboard: from hook to hook, and from each to its rules', async t => {
    const { tab } = await open(browser, address)
    const reached = new Set<string>()
    const waiting = [await hookInFocus(tab, () => press(tab, '.hook', ''))]
    // Enter has gone to the rules of the first.
    await tab.waitForSelector('[data-chain="raw/PREROUTING"] [aria-expanded=true]')
    for (let hook = waiting.pop(); hook !== undefined; hook = waiting.pop()) {
      if (reached.has(hook)) continue
      reached.add(hook)
      for (const key of ['ArrowRight', 'ArrowLeft', 'ArrowDown', 'ArrowUp']) {
        await tab.locator(`[data-hook="${hook}"]`).focus()
        waiting.push(await hookInFocus(tab, () => tab.keyboard.press(key)))
      }
    }
    t.equal(reached.size, 13, 'the arrows lead to every hook')
    t.equal(await tab.locator('.hook[tabindex="0"]').count(), 1, 'and the tabulator stops once')
    t.match(await tab.locator('.step-controls').textContent(), /0 of/, 'no arrow has stepped the packet')
    for (const hook of ['filter FORWARD', 'nat OUTPUT']) {
      await tab.locator(`[data-hook="${hook}"]`).focus()
      await tab.keyboard.press(hook === 'nat OUTPUT' ? ' ' : 'Enter')
      const chain = tab.locator(`[data-chain="${hook.replace(' ', '/')}"]`)
      await chain.locator('[aria-expanded=true]').waitFor()
      t.ok(await comesTrue(tab, () => isInSight(chain)), `the rules of ${hook} are in sight`)
      t.match(await tab.locator(`[data-hook="${hook}"]`).getAttribute('aria-label'), new RegExp(`^${hook}: `))
    }
    await tab.context().close()
  })

  t.test('of a node with a thousand rules each is reached: by scrolling, searching and the keyboard', async t => {
    const folder = mkdtempSync(join(tmpdir(), 'calitables-many-'))
    writeFileSync(join(folder, 'many.yaml'), manyRules())
    const { tab, complaints } = await open(browser, await writePage(['-f', folder, '--node', 'node-1']))
    await tab.getByRole('searchbox', { name: 'Search rules' }).fill('-A')
    await drawn(tab)
    const count = Number(/^\d+/.exec((await tab.locator('.rules h2').textContent()) ?? '')?.[0])
    t.ok(count > MANY, `${count} rules`)
    t.ok((await tab.locator('[data-rule]').count()) < count / 2, 'what is far from the eye is not drawn')
    const seen = await tab.evaluate<readonly string[]>(`(async () => {
      const pane = document.querySelector('.tables')
      const seen = new Set()
      for (let last = -1; pane.scrollTop !== last; ) {
        last = pane.scrollTop
        for (const rule of pane.querySelectorAll('[data-rule]')) seen.add(rule.dataset.rule)
        pane.scrollTop += pane.clientHeight / 2
        for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame)
      }
      return [...seen]
    })()`)
    t.equal(seen.length, count, 'scrolled through')
    await tab.getByRole('searchbox', { name: 'Search rules' }).fill(`destination-ports ${FIRST_PORT + MANY - 1}`)
    await tab.waitForSelector(`[data-rule]:has-text("${FIRST_PORT + MANY - 1}")`)
    await tab.getByRole('searchbox', { name: 'Search rules' }).fill(`-A cali-pi-gnp/many`)
    await drawn(tab)
    await tab.locator('[data-rule$="/0"]').first().focus()
    // No faster than a browser draws: what is near the focus is there before the next key.
    for (let pressed = 0; pressed < MANY - 1; pressed++) {
      await tab.keyboard.press('Tab')
      await drawn(tab)
    }
    const focused = await tab.evaluate<string>(`document.activeElement.dataset.rule`)
    t.match(focused, /^filter\/cali-pi-gnp\/many\/\d{3}$/, 'the tabulator comes through every block')
    t.strictSame(complaints, [])
    await tab.context().close()
  })

  t.test('a policy lights its text in whichever file it is, and its text lights all its rules', async t => {
    const { tab } = await open(browser, address)
    await openLesson(tab, 2)
    const tag = tab.locator('.met .policy-tag, .what-if .policy-tag').first()
    await tag.focus()
    await tab.waitForSelector('[role=tab][aria-selected=true]:has-text("policy.yaml")')
    await tab.waitForSelector('.cm-line.lit-line')
    const lit = await litRules(tab)
    t.ok(lit.length > 0)
    await tab
      .locator('.cm-line', { hasText: /^metadata:/ })
      .first()
      .hover()
    await drawn(tab)
    t.strictSame(await litRules(tab), lit, 'from the YAML to the rules as from the policy to them')
    await tab.context().close()
  })

  t.test(
    'a what-if changes the text and the rules, says over all packets what it does, and is undone by one click',
    async t => {
      const { tab } = await open(browser, address)
      await tab.getByRole('button', { name: 'Lessons and examples' }).click()
      await tab.getByRole('button', { name: /close the node ports/ }).click()
      await tab.waitForSelector('.what-if button[aria-pressed=true]:has-text("preDNAT")')
      const title = await tab.locator('.rules h2').textContent()
      await tab.locator('.what-if button', { hasText: 'preDNAT' }).click()
      await tab.waitForSelector('.what-if button[aria-pressed=false]:has-text("preDNAT")')
      t.not(await tab.locator('.rules h2').textContent(), title)
      await tab.getByRole('button', { name: 'Compare' }).click()
      await tab.waitForSelector('dialog .headline')
      const words = await tab
        .locator('.changed > li')
        .evaluateAll(items => items.map(item => item.firstChild?.textContent ?? ''))
      t.ok(words.length > 0)
      t.strictSame(words, await wordsOfDiff(), 'the packets that `calitables diff` finds')
      await tab.keyboard.press('Escape')
      await tab.getByRole('button', { name: 'Undo' }).click()
      await tab.waitForSelector('.what-if button[aria-pressed=true]:has-text("preDNAT")')
      t.equal(await tab.locator('.rules h2').textContent(), title)
      await tab.context().close()
    },
  )
})

/** How the states are reached, one after another. */
const STATES: readonly (readonly [state: string, reach: (tab: Page, width: number) => Promise<void>])[] = [
  ['as it opens', async () => undefined],
  [
    'a packet on its way, rules in words',
    async (tab, width) => {
      if (width < 1080) await tab.getByRole('button', { name: 'Packet', exact: true }).click()
      for (let step = 0; step < 12; step++) await tab.getByRole('button', { name: 'Step forward' }).click()
      if (width < 1080) await tab.getByRole('button', { name: 'Rules', exact: true }).click()
      await tab.getByRole('checkbox', { name: 'in words' }).check()
      await tab.waitForSelector('.words')
    },
  ],
  ['lessons and examples', tab => openDialog(tab, /^Lessons/)],
  ['share', tab => openDialog(tab, 'Share')],
  ['the report', tab => openDialog(tab, 'Report')],
  [
    'comparing',
    async tab => {
      await openDialog(tab, /^Lessons/)
      await tab.getByRole('button', { name: /close the node ports/ }).click()
      await tab.waitForSelector('main[aria-busy=false] .what-if :text("deny-nodeports")', { state: 'attached' })
      await tab.getByRole('button', { name: 'Lower order' }).click()
      await openDialog(tab, 'Compare')
      await tab.waitForSelector('dialog .headline')
    },
  ],
  ['a lesson', tab => openLesson(tab, 2)],
  [
    'broken YAML',
    async tab => {
      await tab.locator('.cm-content').focus()
      await tab.keyboard.press('Control+Home')
      await tab.keyboard.type('}')
      await tab.waitForSelector('.app.is-stale .findings .error')
    },
  ],
]

const MANY = 400
const FIRST_PORT = 20000

/** One pod, and a policy with a rule for each of many ports. */
function manyRules(): string {
  const rules = Array.from(
    { length: MANY },
    (_, index) => `{action: Allow, protocol: TCP, destination: {ports: [${FIRST_PORT + index}]}}`,
  )
  return [
    'apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: default}\nspec: {nodeName: node-1, containers: [{name: main, image: i}]}\nstatus: {phase: Running, podIP: 10.65.0.2, podIPs: [{ip: 10.65.0.2}]}',
    `apiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata: {name: many}\nspec: {types: [Ingress], ingress: [${rules.join(', ')}]}`,
  ].join('\n---\n')
}

async function hookInFocus(tab: Page, act: () => Promise<void>): Promise<string> {
  await act()
  return tab.evaluate<string>(`document.activeElement.dataset.hook`)
}

async function isInSight(chain: Locator): Promise<boolean> {
  return chain.evaluate((element: never) => {
    const { top, height } = (
      element as { getBoundingClientRect(): { top: number; height: number } }
    ).getBoundingClientRect()
    return height > 0 && top >= 0 && top < 500
  })
}

async function openDialog(tab: Page, name: string | RegExp): Promise<void> {
  await tab.locator('.actions').getByRole('button', { name }).click()
  await tab.waitForSelector('dialog[open]')
}

async function openLesson(tab: Page, index: number): Promise<void> {
  await openDialog(tab, /^Lessons/)
  await tab.locator('.lesson-list button').nth(index).click()
  await tab.waitForSelector('.lesson')
  await tab.waitForSelector('main[aria-busy=false] .what-if')
}

async function litRules(tab: Page): Promise<readonly string[]> {
  return tab.evaluate<readonly string[]>(
    `[...document.querySelectorAll('[data-chain].is-lit')].map(chain => chain.dataset.chain)`,
  )
}

async function goTo(tab: Page, link: string): Promise<void> {
  await tab.goto(link)
  await tab.reload()
  await tab.waitForSelector('.verdict, .findings .error', { state: 'attached' })
}

/** Elements that the page itself does not have, and traces of scripts that are not its own. */
async function strangers(tab: Page): Promise<readonly string[]> {
  return tab.evaluate<readonly string[]>(`[
    ...[...document.querySelectorAll('img, iframe, object, embed, base, link, form[action], meta[http-equiv=refresh], a, [onload], [onerror], [onfocus], [onmouseover], script:not([id])')].map(({ outerHTML }) => outerHTML),
    ...(globalThis.owned === undefined ? [] : ['owned']),
    ...(({}).owned === undefined ? [] : ['prototype']),
    ...(document.title === 'calitables: how Calico policy becomes firewall rules' ? [] : ['title: ' + document.title]),
    ...(document.scripts.length === 7 ? [] : [document.scripts.length + ' scripts']),
  ]`)
}

function groupsOf<Item>(items: readonly Item[], size: number): readonly (readonly Item[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  )
}

/** Where any text may stand in an input that compiles, so that it comes to be shown in rules, words and steps. */
function acceptedInput(text: string): PageInput {
  return { files: [{ name: text, text: clusterWith(text) }], host: '', node: 'node-1', release: '' }
}

function clusterWith(text: string): string {
  const quoted = JSON.stringify(text)
  return [
    `# ${text.replace(/[\n\u2028]/g, ' ')}`,
    'apiVersion: v1\nkind: Node\nmetadata: {name: node-1}',
    `apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: default, labels: {app: web}, annotations: {note: ${quoted}}}\nspec: {nodeName: node-1, containers: [{name: main, image: ${quoted}}]}\nstatus: {phase: Running, podIP: 10.65.0.2, podIPs: [{ip: 10.65.0.2}]}`,
    `apiVersion: projectcalico.org/v3\nkind: NetworkPolicy\nmetadata: {name: p, namespace: default, annotations: {note: ${quoted}}}\nspec: {types: [Ingress], ingress: [{action: Log}, {action: Allow, metadata: {annotations: {why: ${quoted}}}}]}`,
    `apiVersion: projectcalico.org/v3\nkind: FelixConfiguration\nmetadata: {name: default}\nspec: {logPrefix: ${JSON.stringify(text.replace(/[^ -~]|"/g, '').slice(0, 24))}}`,
  ].join('\n---\n')
}

/** As names, namespaces, labels, selectors, nodes: what is refused is shown in messages. */
function refusedInput(texts: readonly string[]): PageInput {
  const documents = texts.flatMap(text => {
    const quoted = JSON.stringify(text)
    return [
      `apiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata: {name: ${quoted}}\nspec: {tier: ${quoted}, selector: ${quoted}, ${quoted}: 1}`,
      `apiVersion: v1\nkind: Pod\nmetadata: {name: ${quoted}, namespace: ${quoted}, labels: {${quoted}: ${quoted}}}\nspec: {nodeName: ${quoted}}\nstatus: {podIP: ${quoted}}`,
      `apiVersion: ${quoted}\nkind: ${quoted}`,
    ]
  })
  const [text = ''] = texts
  return { files: [{ name: text, text: documents.join('\n---\n') }], host: text, node: text, release: text }
}

/** A cluster that compiles, and a lesson, with markup wherever text may stand. */
function hostileFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'calitables-hostile-'))
  const lesson = join(folder, 'lessons', '01-hostile')
  mkdirSync(join(folder, 'cluster'), { recursive: true })
  mkdirSync(join(lesson, 'solution'), { recursive: true })
  writeFileSync(join(folder, 'cluster', 'x.yaml'), clusterWith(MARKUP.join(' ').replace(/[^ -~]/g, '')))
  const shown = MARKUP.slice(0, 12)
  const front = {
    title: MARKUP[0],
    minutes: 3,
    packets: shown.map(title => ({ title, from: '192.0.2.1', to: 'host' })),
    predict: {
      question: MARKUP.join('\n\n'),
      packets: shown.map(title => ({ title, from: '192.0.2.1', to: 'host', verdict: 'drop' })),
      because: MARKUP.join('\n\n'),
    },
    task: {
      text: MARKUP.join('\n\n'),
      checks: MARKUP.map(title => ({ kind: 'rule', title, has: [title] })),
      hints: [MARKUP.join('\n\n')],
    },
    remember: MARKUP,
  }
  writeFileSync(join(lesson, 'lesson.md'), `---\n${JSON.stringify(front)}\n---\n${MARKUP.join('\n\n')}\n`)
  writeFileSync(join(lesson, 'cluster.yaml'), clusterWith(MARKUP[0] ?? ''))
  writeFileSync(join(lesson, 'solution', 'cluster.yaml'), clusterWith(MARKUP[0] ?? ''))
  return folder
}

/** What the command says of the same change, of IPv4: the line of each cube. */
async function wordsOfDiff(): Promise<readonly string[]> {
  const example = readExamples().find(({ title }) => /close the node ports/.test(title))
  if (example === undefined) throw new Error('the example is gone')
  const folder = mkdtempSync(join(tmpdir(), 'calitables-diff-'))
  const sides = ['old', 'new'].map(side => {
    mkdirSync(join(folder, side))
    for (const { name, text } of example.files)
      writeFileSync(join(folder, side, name), side === 'old' ? text : text.replace(/^\s*preDNAT: true\n/m, ''))
    return join(folder, side)
  })
  writeFileSync(join(folder, 'host.json'), example.host)
  const node = example.node === '' ? [] : ['--node', example.node]
  const { out } = await runCommand([
    ...['diff', ...sides, ...node, '--host', join(folder, 'host.json'), '--felix-env', 'none', '--most', '6'],
  ])
  const lines = out.split('\n')
  const start = lines.map((line, index) => (/^ {2}(?! ).*, IPv4/.test(line) ? index : -1)).filter(index => index >= 0)
  return start.flatMap(from => {
    const rest = lines.slice(from + 1)
    const end = rest.findIndex(line => !line.startsWith('    '))
    // Long ones go on in the next line; before and after are further in than that, too, and follow a packet.
    const [, ...cubes] = rest
      .slice(0, end)
      .join('\n')
      .split(/^ {4}(?=from )/m)
    return cubes.map(text => (text.split(/\n {6}for example /)[0] ?? '').trimEnd().replace(/\n +/g, ' '))
  })
}

async function axe(tab: Page): Promise<readonly string[]> {
  // The page's policy lets no script in: this one is the debugger's.
  return tab.evaluate<readonly string[]>(
    `(async () => { ${AXE}; const { violations } = await axe.run(document, { resultTypes: ['violations'] });
      return violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => id + ': ' + target + ': ' + failureSummary.replace(/\\s+/g, ' '))) })()`,
  )
}

/** Goes there with the tabulator, and presses Enter. */
async function press(tab: Page, selector: string, text: string): Promise<void> {
  for (let pressed = 0; pressed < 400; pressed++) {
    await tab.keyboard.press('Tab')
    const where = await tab.evaluate<string>(`(() => {
      const active = document.activeElement
      if (active.matches(${JSON.stringify(selector)}) && active.textContent.includes(${JSON.stringify(text)})) return 'there'
      return active.closest('.cm-content') === null ? '' : 'editor'
    })()`)
    if (where === 'there') return void (await tab.keyboard.press('Enter'))
    // The editor takes the tabulator for itself until Escape.
    if (where === 'editor') await tab.keyboard.press('Escape')
  }
  throw new Error(`${selector} ${text} is not reached with the keyboard`)
}
