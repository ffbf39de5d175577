// The built page in a real Chromium: it opens without a network, its links are the source map's, its verdicts the command's,
// the last good result outlives broken YAML, a link holds everything, and the report can be printed.

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { runInNewContext } from 'node:vm'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import t from 'tap'
import type { Page } from 'playwright-core'
import { compile } from '../src/compile.ts'
import { checkTask, lessonInput, packetsOf } from '../src/page/check-task.ts'
import type { Example } from '../src/page/content.ts'
import { kernelTablesOf } from '../src/netfilter/kernel-tables.ts'
import { compress } from '../src/page/ui/start/lzma.js'
import { unpackText } from '../src/page/ui/start/unpack-text.ts'
import type { PacketFields, PageInput } from '../src/page/view.ts'
import { packText } from './helpers/pack-text.ts'
import { readExamples, readLessons } from './helpers/page-content.ts'
import { parseRegularExpression } from '../src/text/regular-expression.ts'
import { withPlainMatching } from './helpers/page-plugins.ts'
import { askWorker, comesTrue, drawn, launch, linkTo, open, whyNoPage, writePage } from './helpers/page-browser.ts'
import { runCommand } from './helpers/run-command.ts'

const ROOT = fileURLToPath(new URL('../', import.meta.url))
const why = whyNoPage()
if (why !== undefined) console.error(`\n*** THE PAGE IS NOT TESTED: ${why} ***\n`)

const EXAMPLES = readExamples()
/** With pods, with a host endpoint and preDNAT, with doNotTrack. */
const THREE = [
  'actions/log-denied-packets-kubernetes',
  'host-endpoint/ibm-deny-nodeports',
  'host-endpoint/ibm-nlb2-allow-list',
].map(id => mustFind(id))

function mustFind(id: string): Example {
  const found = EXAMPLES.find(example => example.id === id)
  if (found === undefined) throw new Error(`no example ${id}`)
  return found
}

function inputOf({ files, host, node }: Example): PageInput {
  return { files, host, node, release: '' }
}

function compiled({ files, host, node }: PageInput) {
  const result = compile({
    files,
    host: host === '' ? undefined : [{ name: 'host.json', text: host }],
    node: node === '' ? undefined : node,
  })
  if (!result.ok) throw new Error(JSON.stringify(result.diagnostics))
  return result.output
}

/** The same numbers in each run, from 0 up to a bound. */
function numbers(seed: number, count: number, bound: number): readonly number[] {
  let state = seed
  return Array.from({ length: count }, () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) % bound)
}

t.test('what is packed is unpacked as it was', async t => {
  const source = readFileSync(`${ROOT}src/page/ui/start/text-model.ts`)
  const every = Uint8Array.from({ length: 1024 }, (_, index) => index & 255)
  const rows: Readonly<Record<string, Uint8Array>> = {
    nothing: new Uint8Array(),
    'one byte': Uint8Array.of(0),
    'bytes that end in nothing': Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, 0),
    'the largest bytes': new Uint8Array(300).fill(255),
    'every byte': every,
    'no pattern': Uint8Array.from(numbers(1, 20_000, 256)),
    'two letters': Uint8Array.from(numbers(2, 20_000, 2), bit => 97 + bit),
    'a text': source,
    'a text twice': Buffer.concat([source, every, source]),
    'a long repetition': Buffer.from('calico'.repeat(5000)),
  }
  for (const [what, bytes] of Object.entries(rows))
    t.equal(Buffer.compare(unpackText(packText(bytes)), bytes), 0, `${what}: ${bytes.length} bytes`)
  t.ok(packText(source).length < compress(source, 9).length * 0.95, 'smaller than the other packing makes it')
  t.ok(packText(rows['a long repetition'] ?? every).length < 100)
})

t.test('unpacking ends, whatever it is given', async t => {
  const packed = packText(readFileSync(`${ROOT}src/page/ui/start/odds.ts`))
  const cut = packed.subarray(0, packed.length >> 1)
  t.equal(unpackText(cut).length, unpackText(packed).length, 'cut off: as long as it says, and other text')
  t.not(Buffer.compare(unpackText(cut), unpackText(packed)), 0)
  for (const seed of [1, 2, 3])
    t.equal(unpackText(Uint8Array.from([0, 0, 16, 0, ...numbers(seed, 3000, 256)])).length, 4096)
  t.equal(unpackText(new Uint8Array()).length, 0)
  t.throws(() => unpackText(Uint8Array.of(255, 255, 255, 255, 1, 2, 3)), RangeError)
})

t.test('regular expressions match in the page what they match elsewhere', async t => {
  const { outputFiles } = await build({
    stdin: {
      contents: `import { parseRegularExpression } from './src/text/regular-expression.ts'
        globalThis.answers = given.map(([source, text]) => parseRegularExpression(source)?.matches(text))`,
      resolveDir: ROOT,
    },
    bundle: true,
    write: false,
    format: 'iife',
    plugins: [withPlainMatching],
  })
  const given = EXPRESSIONS.flatMap(source => TEXTS.map(text => [source, text] as const))
  const found: { given: typeof given; answers?: readonly unknown[] } = { given }
  runInNewContext(outputFiles[0]?.text ?? '', found)
  const wanted = given.map(([source, text]) => parseRegularExpression(source)?.matches(text))
  t.strictSame([...(found.answers ?? [])], wanted)
  for (const answer of [true, false, undefined]) t.ok(wanted.includes(answer), `${answer} is among the answers`)
})

/** What interfaces are named by, each sort of thing that RE2 knows, and what it does not take. */
const EXPRESSIONS = [
  ...['', '^eth', '0$', 'cali.*', '^(veth|cali|tap)[0-9a-f]+$', 'eth[^0-1]', '^.{3,5}$', 'a+b*c?', '(a|ab)(c|bcd)(d*)'],
  ...['(?i)ETH', '(?s)a.b', '(?m)^b$', '\\bdummy\\b', '\\Aeth\\d\\z', '\\x61|\\Q.*\\E', '(?:x{2,3}y){2}', '(a*)*b'],
  ...[
    '\\pL',
    '^\\p{Greek}+$',
    '\\PN',
    '[[:alpha:]][[:^digit:]]',
    '(?i)k',
    '(?i)\\p{Lu}',
    '(?P<name>e)t(?P<other>h)',
    '(?U)a+',
  ],
  ...['(?=a)', '(a', 'a{1001}', '\\1', '[z-a]', '*', 'a**', '(?<=a)b'],
]
const TEXTS = [
  ...[
    '',
    'eth0',
    'ETH1',
    'cali0123456789a',
    'dummy0',
    'kube-ipvs0',
    'veth',
    'tapff',
    'abcd',
    'a\nb',
    'αβγ',
    'ſK',
    'xxyxxxy',
  ],
  ...['a dummy b', '.*', '٣', '😀eth', `${'a'.repeat(3000)}b`],
]

t.test('the page', { skip: why ?? false, timeout: 1_200_000 }, async t => {
  const browser = await launch()
  t.teardown(() => browser.close())
  const address = await writePage()

  t.test('opens from disk with the network off, says nothing and fetches nothing', async t => {
    const { tab, complaints } = await open(browser, address)
    t.match(await tab.title(), /calitables/)
    t.ok((await tab.locator('[data-chain]').count()) > 5)
    t.strictSame(complaints, [])
    const rules = compiled(inputOf(EXAMPLES[0] as Example)).versions[4].ruleset
    const count = kernelTablesOf(rules).tables.reduce(
      (sum, { kernelChains, userChains }) =>
        sum + [...kernelChains, ...userChains.values()].reduce((all, chain) => all + chain.rules.length, 0),
      0,
    )
    t.match(await tab.locator('.rules h2').textContent(), `${count} rules`)
    await tab.context().close()
  })

  t.test('its size', async t => {
    const bytes = gzipSync(readFileSync(fileURLToPath(address)), { level: 9 }).length
    t.ok(bytes < 350_000, `${bytes} bytes, packed`)
  })

  t.test('a rule lights its place in the YAML: every rule of three examples', async t => {
    for (const example of THREE) {
      const input = inputOf(example)
      const { tab, complaints } = await open(browser, await linkTo(address, input))
      const expected = linesOfRules(input)
      t.ok(expected.size > 20, `${example.id}: ${expected.size} rules`)
      await tab.getByRole('searchbox', { name: 'Search rules' }).fill('-')
      const found = await lightEach(tab)
      const wrong = [...expected].filter(([id, line]) => found.forwards[id] !== line)
      t.strictSame(wrong, [], 'from a rule to the line it comes from')
      t.strictSame(Object.keys(found.forwards).length, expected.size)
      t.strictSame(complaints, [])
      await tab.context().close()
    }
  })

  t.test('200 packets get the verdicts that the command gives', async t => {
    const { tab } = await open(browser, address)
    let asked = 0
    for (const example of [mustFind(THREE[0]?.id ?? ''), mustFind(THREE[1]?.id ?? '')]) {
      const input = inputOf(example)
      const packets = packetsFor(input)
      const [answer] = await askWorker(tab, [{ ask: 'verdicts', id: 1, input, packets }])
      if (answer?.ask !== 'verdicts') return t.fail(JSON.stringify(answer))
      const folder = `${ROOT}golden/${example.id}`
      const host = example.host === '' ? [] : ['--host', `${folder}/host.json`]
      const node = example.node === '' ? [] : ['--node', example.node]
      for (const [index, fields] of packets.entries()) {
        const options = Object.entries(fields).flatMap(([name, value]) => [`--${name}`, value])
        const { out, err } = await runCommand([
          'trace',
          '-f',
          `${folder}/input`,
          ...host,
          ...node,
          ...options,
          '--felix-env',
          'none',
          '-o',
          'json',
        ])
        const verdict = out === '' ? 'none' : (JSON.parse(out) as { readonly verdict: string }).verdict
        t.equal(answer.verdicts[index]?.verdict, verdict, `${JSON.stringify(fields)} ${err}`)
        asked++
      }
    }
    t.ok(asked >= 200, `${asked} packets`)
    await tab.context().close()
  })

  t.test('each lesson is failed by its start and passed by its solution, in the worker of the page', async t => {
    const { tab } = await open(browser, address)
    for (const lesson of readLessons()) {
      const packets = packetsOf(lesson)
      const answers = await askWorker(
        tab,
        (['start', 'solution'] as const).map((which, id) => ({
          ask: 'verdicts',
          id,
          input: lessonInput(lesson, which),
          packets,
        })),
      )
      const passed = answers.map(answer => {
        if (answer.ask !== 'verdicts') return t.fail(JSON.stringify(answer))
        return checkTask(lesson, answer.view, answer.verdicts).every(({ isGood }) => isGood)
      })
      t.strictSame(passed, [false, true], lesson.id)
    }
    await tab.context().close()
  })

  t.test('while the YAML is broken the last good result stays, and comes back', async t => {
    const { tab } = await open(browser, address)
    const before = await tab.locator('.rules h2').textContent()
    await tab.locator('.cm-content').click()
    await tab.keyboard.press('Control+Home')
    await tab.keyboard.type('}')
    await tab.waitForSelector('.app.is-stale .findings .error')
    t.equal(await tab.locator('.rules h2').textContent(), before)
    await tab.keyboard.press('Control+z')
    await tab.waitForSelector('.app:not(.is-stale)')
    t.equal(await tab.locator('.rules h2').textContent(), before)
    await tab.context().close()
  })

  t.test('a link holds everything, opens on it, and tells when it was cut', async t => {
    const { tab } = await open(browser, address)
    await tab.getByLabel('port', { exact: true }).fill('8443')
    await tab.getByRole('button', { name: 'Share', exact: true }).click()
    let link = ''
    // It is packed after the dialog opens.
    await comesTrue(tab, async () => (link = await tab.getByRole('textbox', { name: 'Link' }).inputValue()) !== '')
    t.match(link, /#s=[\w-]+$/)
    await tab.keyboard.press('Escape')
    await tab.getByLabel('port', { exact: true }).fill('9')
    await tab.goto(link)
    await tab.waitForSelector('.packet-text:has-text(":8443")')
    t.equal(await tab.getByRole('alert').count(), 0, 'pasted where the page is open, it is opened there')
    await tab.goto(`${link.slice(0, -20)}`)
    await tab.waitForSelector('[role=alert]:has-text("link cannot be read")')
    t.match(await tab.locator('.packet-text').textContent(), /:8443/, 'a link that was cut changes nothing')
    await tab.context().close()
    const { tab: other, complaints } = await open(browser, link)
    t.equal(await other.getByLabel('port', { exact: true }).inputValue(), '8443')
    t.match(await other.locator('.packet-text').textContent(), /:8443/)
    t.strictSame(complaints, [])
    await other.context().close()
  })

  t.test('the report is a document to print, with the rules of every policy', async t => {
    const { tab } = await open(browser, address)
    await tab.getByRole('button', { name: 'Report', exact: true }).click()
    await tab.waitForSelector('.report p:has-text("if ")')
    await tab.emulateMedia({ media: 'print' })
    t.equal(await tab.locator('main').isVisible(), false)
    t.equal(await tab.locator('.report').isVisible(), true)
    t.equal(await tab.locator('.no-print').isVisible(), false)
    t.ok((await tab.pdf()).length > 10_000)
    await tab.context().close()
  })
})

/** Each rule of the model, and the first line of what it comes from; '' for rules that Calico always makes. */
function linesOfRules(input: PageInput): ReadonlyMap<string, string> {
  const { versions, sources } = compiled(input)
  const found = new Map<string, string>()
  for (const { name, kernelChains, userChains } of kernelTablesOf(versions[4].ruleset).tables) {
    for (const chain of [...kernelChains, ...userChains.values()]) {
      for (const [index, { origin }] of chain.rules.entries()) {
        const location = 'location' in origin ? origin.location : undefined
        const id = `${name}/${chain.name}/${index}`
        if (location === undefined) found.set(id, '')
        else {
          const { file, start } = sources.spanOf({ document: location.document, path: location.path, target: 'extent' })
          found.set(id, `${file.name}:${file.text.slice(0, start).split('\n').length}`)
        }
      }
    }
  }
  return found
}

/** Puts the pointer on each rule in turn, and reads which line of which file is lit first. */
async function lightEach(tab: Page): Promise<{ readonly forwards: Readonly<Record<string, string>> }> {
  const forwards: Record<string, string> = {}
  for (const rule of await tab.locator('[data-rule]').all()) {
    const id = (await rule.getAttribute('data-rule')) ?? ''
    await rule.dispatchEvent('focus')
    await drawn(tab)
    forwards[id] = await tab.evaluate<string>(`(() => {
      const lit = document.querySelector('.cm-line.lit-line')
      if (lit === null) return ''
      const file = document.querySelector('[role=tab][aria-selected=true]').textContent
      const top = lit.getBoundingClientRect().top
      const number = [...document.querySelectorAll('.cm-lineNumbers .cm-gutterElement')].find(element => {
        const box = element.getBoundingClientRect()
        return box.height > 0 && Math.abs(box.top - top) < 3
      })
      return file + ':' + (number === undefined ? '' : number.textContent)
    })()`)
    await rule.dispatchEvent('blur')
  }
  return { forwards }
}

/** Between everybody, over the protocols and ports that policies speak of, in each state. */
function packetsFor(input: PageInput): readonly PacketFields[] {
  const { resources } = compiled(input)
  const pods = resources.flatMap(found =>
    found.kind === 'workloadEndpoint' ? [`pod/${found.namespace}/${found.name}`] : [],
  )
  const parties = [...pods.slice(0, 3), 'host', '198.51.100.7', '10.1.2.3']
  const kinds: readonly PacketFields[] = [
    { proto: 'tcp', dport: '80' },
    { proto: 'tcp', dport: '30080' },
    { proto: 'udp', dport: '53' },
    { proto: 'icmp' },
    { proto: 'tcp', dport: '22', state: 'established' },
    { proto: 'tcp', dport: '6443' },
    { proto: 'udp', dport: '30000' },
    { proto: 'tcp', dport: '443', state: 'invalid' },
  ]
  return parties.flatMap(from =>
    parties.filter(to => to !== from).flatMap(to => kinds.map(fields => ({ from, to, ...fields }))),
  )
}
