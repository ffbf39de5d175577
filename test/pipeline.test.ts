// One pipeline for every command: what is kept between two versions of an input changes nothing but the work.

import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import t from 'tap'
import { IPTABLES } from '../src/backend/iptables/iptables-backend.ts'
import { compile, type CompileResult } from '../src/compile.ts'
import { formatDiagnostic } from '../src/diagnostics/format.ts'
import { createRuleAnnotator } from '../src/explain/annotations.ts'
import type { RuleBackend } from '../src/model/rule-backend.ts'
import { Pipeline, PipelineMemory } from '../src/pipeline.ts'
import { calico, pod, policy } from './helpers/build.ts'
import { readCase } from './helpers/cases.ts'
import { GOLDEN_FOLDER, goldenCases } from './helpers/golden.ts'

/** Everything that a user sees of a result, with the place of every rule. */
function seen(result: CompileResult): unknown {
  const messages = result.diagnostics.map(formatDiagnostic)
  if (!result.ok) return messages
  const { versions, skipped, sources } = result.output
  const annotate = createRuleAnnotator(sources)
  return [
    messages,
    [...skipped],
    Object.values(versions).map(({ text, ruleset }) => [
      text,
      ruleset.tables.flatMap(({ chains }) => chains.flatMap(({ rules }) => rules.map(annotate))),
    ]),
  ]
}

function text(...documents: readonly string[]): string {
  return documents.map(document => `---\n${document}\n`).join('')
}

const POD = pod('web', '10.65.0.2', { app: 'web' })
const PEER = pod('peer', '10.65.0.3', { app: 'peer' })
const RULES = policy('p', "{selector: app == 'web', ingress: [{action: Allow, source: {selector: app == 'peer'}}]}")
const OTHER = policy('q', '{ingress: [{action: Deny}]}')

t.test('an edited input compiles to what it would without a past', async t => {
  const steps: readonly (readonly [string, readonly string[]])[] = [
    ['at first', [text(POD, PEER, RULES)]],
    ['the same again', [text(POD, PEER, RULES)]],
    ['a policy changes', [text(POD, PEER, RULES.replace('Allow', 'Deny'))]],
    ['a longer document in front: places move', [text(`# a comment\n# and one more\n${POD}`, PEER, RULES)]],
    ['a document more at the end', [text(POD, PEER, RULES, OTHER)]],
    ['a document more in the middle', [text(POD, OTHER, PEER, RULES)]],
    ['a document less', [text(POD, RULES)]],
    ['a pod changes, so sets do', [text(POD, PEER.replace('10.65.0.3', '10.65.0.4'), RULES)]],
    ['a label changes', [text(POD, PEER.replace('app: peer', 'app: other'), RULES)]],
    ['a mistake', [text(POD, PEER, RULES.replace('Allow', 'Alow'))]],
    ['text that is no YAML', [text(POD, '{', RULES)]],
    ['two of one name', [text(POD, PEER, RULES, RULES)]],
    ['one of them less', [text(POD, PEER, RULES)]],
    [
      'a kind that is skipped',
      [text(POD, 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\n', PEER, RULES)],
    ],
    ['documents without content', [text('', POD, '# nothing\n', PEER, RULES)]],
    ['a second file', [text(POD, PEER), text(RULES, OTHER)]],
    ['the second file changes', [text(POD, PEER), text(RULES, OTHER.replace('Deny', 'Pass'))]],
    [
      'a namespace that nobody declares',
      [text(POD, pod('x', '10.65.0.9', { app: 'peer' }, { namespace: 'new' })), text(RULES)],
    ],
    [
      'a tier',
      [text(POD, PEER, calico('Tier', 't', '{order: 5}')), text(RULES.replace('{selector', '{tier: t, selector'))],
    ],
    ['a list', [`apiVersion: v1\nkind: List\nitems:\n- ${POD.trimEnd().replaceAll('\n', '\n  ')}\n---\n${RULES}`]],
  ]
  const memory = new PipelineMemory()
  for (const [title, texts] of steps) {
    const input = { files: texts.map((content, index) => ({ name: `${index}.yaml`, text: content })), node: 'node-1' }
    t.same(seen(compile({ ...input, memory })), seen(compile(input)), title)
  }
})

t.test('cases of every topic, one after another in one memory', async t => {
  const memory = new PipelineMemory()
  for (const name of goldenCases()) {
    const input = readCase(join(GOLDEN_FOLDER, name))
    // One name for the files of all cases: each is taken for a new version of the one before.
    const files = input.files.map((file, index) => ({ name: `${index}.yaml`, text: file.text }))
    const fresh = seen(compile({ ...input, files }))
    if (!isDeepStrictEqual(seen(compile({ ...input, files, memory })), fresh)) t.fail(`${name}: another result`)
    if (!isDeepStrictEqual(seen(compile({ ...input, files, memory })), fresh)) t.fail(`${name}: another result again`)
  }
})

t.test('only what changed is read again', async t => {
  const memory = new PipelineMemory()
  const parse = (...texts: readonly string[]): readonly unknown[] => {
    const files = texts.map((content, index) => ({ name: `${index}.yaml`, text: content }))
    return new Pipeline({ files, memory }).parse().resources
  }
  const [web, peer, rules] = parse(text(POD, PEER, RULES))
  const [webAgain, peerAgain, changed] = parse(text(POD, PEER, RULES.replace('Allow', 'Deny')))
  t.ok(webAgain === web && peerAgain === peer, 'the others are the very same values')
  t.not(changed, rules)
  const moved = parse(text('# one line more\n', POD, PEER, RULES.replace('Allow', 'Deny')))
  t.ok(moved[1] === peer && moved[2] === changed, 'also where they stand somewhere else now')
})

t.test('a cluster is gathered once, however many nodes are planned', async t => {
  let steps = 0
  const files = [
    {
      name: 'a.yaml',
      get text() {
        steps++
        return text(POD, pod('far', '10.65.1.2', { app: 'web' }, { node: 'node-2' }), PEER, RULES)
      },
    },
  ]
  const pipeline = new Pipeline({ files })
  t.equal(steps, 0, 'nothing is read before somebody asks')
  const one = pipeline.plan('node-1')
  const read = steps
  const two = pipeline.plan('node-2')
  t.equal(steps, read, 'the second plan reads nothing')
  const set = one?.ipSets.find(({ source }) => source.kind === 'selector')
  t.not(set, undefined)
  t.ok(two?.ipSets.includes(set as never), 'nor are the members of its sets worked out again')
})

t.test('rules are written by the backend that was asked for', async t => {
  const words: RuleBackend = {
    ...IPTABLES,
    printTables: tables => tables.map(({ name }) => name).join(),
    printSets: sets => `${sets.length}`,
  }
  const result = compile({ files: [{ name: 'a.yaml', text: text(POD, PEER, RULES) }], node: 'node-1', backend: words })
  if (!result.ok) throw new Error('it compiles')
  t.match(result.output.versions[4].text, { iptables: 'raw,mangle,nat,filter', ipset: /^[0-9]+$/ })
})
