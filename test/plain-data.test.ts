// What travels between phases is plain data: a copy, JSON and another thread lose nothing of it.

import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { isDeepStrictEqual } from 'node:util'
import t from 'tap'
import { printRuleset } from '../src/backend/iptables/print-ruleset.ts'
import { compile, type CompileOutput } from '../src/compile.ts'
import { createRuleAnnotator } from '../src/explain/annotations.ts'
import { createSelectionExplainer } from '../src/explain/explain-selection.ts'
import { allEndpoints, allPolicies } from '../src/explain/names.ts'
import { policiesOf } from '../src/explain/which.ts'
import type { NodePlan } from '../src/model/plan.ts'
import type { Ruleset } from '../src/model/ruleset.ts'
import { renderRuleset } from '../src/renderer/render-ruleset.ts'
import { readCase } from './helpers/cases.ts'
import { GOLDEN_FOLDER, goldenCases } from './helpers/golden.ts'

const copies: readonly (readonly [string, <T>(value: T) => T])[] = [
  ['structuredClone', value => structuredClone(value)],
  ['JSON', value => JSON.parse(JSON.stringify(value)) as typeof value],
]

function compiled(name: string): CompileOutput | undefined {
  const { files, host, node } = readCase(join(GOLDEN_FOLDER, name))
  const result = compile({ files, host, node })
  return result.ok ? result.output : undefined
}

/** Every rule's comment, which holds its place in the input. */
function annotations({ tables }: Ruleset, { sources }: CompileOutput): readonly string[] {
  const annotate = createRuleAnnotator(sources)
  return tables.flatMap(({ chains }) => chains.flatMap(({ rules }) => rules.map(annotate)))
}

/** Why each policy of a node does or does not select each of its endpoints. */
function selections(plan: NodePlan, { sources }: CompileOutput): unknown {
  const explain = createSelectionExplainer(plan, sources)
  return allEndpoints(plan).map(endpoint => [
    policiesOf(endpoint, plan, explain, sources),
    allPolicies(plan).map(policy => explain(policy, endpoint)),
  ])
}

t.test('a plan and its rules are the same after a copy', async t => {
  let plans = 0
  for (const name of goldenCases()) {
    const output = compiled(name)
    if (output === undefined) continue
    // Explanations look up many places; some cases of every topic are enough.
    const isExplained = plans++ % 8 === 0
    const { plan, versions } = output
    for (const [how, copy] of copies) {
      const copied = copy(plan)
      if (!isDeepStrictEqual(copied, plan)) t.fail(`${name}: ${how} changes the plan`)
      for (const { ruleset, text } of Object.values(versions)) {
        const rules = copy(ruleset)
        if (!isDeepStrictEqual(rules, ruleset)) t.fail(`${name}: ${how} changes the rules`)
        const rendered = printRuleset(renderRuleset(copied, ruleset.ipVersion))
        if (rendered.iptables !== text.iptables) t.fail(`${name}: other rules from the plan after ${how}`)
        if (isExplained && !isDeepStrictEqual(annotations(rules, output), annotations(ruleset, output)))
          t.fail(`${name}: other places after ${how}`)
      }
      if (isExplained && !isDeepStrictEqual(selections(copied, output), selections(plan, output)))
        t.fail(`${name}: other selections after ${how}`)
    }
  }
  t.ok(plans > 50, `looked at ${plans} plans`)
})

t.test('a plan comes back from another thread as it went', async t => {
  const output = compiled('felix-configuration/everything-together')
  if (output === undefined) throw new Error('case')
  const worker = new Worker(
    `require('worker_threads').parentPort.on('message', function (m) { this.postMessage(m); this.close() })`,
    { eval: true },
  )
  const back = await new Promise<unknown>((resolve, reject) => {
    worker.on('message', resolve)
    worker.on('error', reject)
    worker.postMessage([output.plan, output.versions])
  })
  t.same(back, [output.plan, output.versions])
})
