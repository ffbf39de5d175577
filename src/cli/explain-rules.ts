// What can be asked of rules alone, compiled or read from a node: chains, rules, sets and marks.

import { LATEST_RELEASE } from '../calico/releases/releases.ts'
import { releaseNamed } from '../parser/choose-release.ts'
import { Report } from '../diagnostics/diagnostic.ts'
import { explainChainNamed, explainMarkValue, explainRuleHash, explainSetNamed } from '../explain/explain-subject.ts'
import { type Explainer, type RuleExplainer } from '../explain/explainer.ts'
import type { Explanation } from '../explain/explanation.ts'
import { findSets, setSpellings } from '../explain/find-sets.ts'
import { createNodeExplainer } from '../explain/node-rules.ts'
import type { IpVersion } from '../net/cidr.ts'
import type { Io } from './io.ts'
import { writeDiagnostics } from './messages.ts'
import { oneNamed } from './one-named.ts'
import { readNode } from './node-texts.ts'
import type { WorldOptions } from './trace-world.ts'
import { unknown } from '../text/unknown-name.ts'

export interface RuleOptions {
  readonly chain?: string
  readonly rule?: string
  readonly set?: string
  readonly mark?: string
}

export function isAboutRules({ chain, rule, set, mark }: RuleOptions): boolean {
  return [chain, rule, set, mark].some(subject => subject !== undefined)
}

/** The explanation, or why there is none; undefined when something else is asked for. */
export function explainRules(
  { chain, rule, set, mark }: RuleOptions,
  explainer: RuleExplainer,
): Explanation | string | undefined {
  const { chains } = explainer
  if (chain !== undefined) {
    const names = chains.map(({ name }) => name)
    return explainChainNamed(chain, explainer) ?? unknown('chain', chain, names)
  }
  if (rule !== undefined) {
    const hashes = chains.flatMap(({ rules }) => rules.map(({ hash }) => `cali:${hash}`))
    return explainRuleHash(rule, explainer) ?? unknown('rule', rule, hashes)
  }
  if (set !== undefined) return explainSetMeant(set, explainer)
  if (mark === undefined) return undefined
  const value = /^(0x[0-9a-f]{1,8}|[0-9]{1,10})(\/.*)?$/i.test(mark) ? Number(mark.replace(/\/.*/, '')) : NaN
  return value > 0 && value <= 0xffffffff
    ? explainMarkValue(value, explainer)
    : `\`${mark}\` is not a mark; write bits such as 0x20000`
}

function explainSetMeant(wanted: string, explainer: RuleExplainer): Explanation | string {
  const { sets } = explainer.context
  const found = findSets(wanted, sets)
  const spellings = (): readonly string[] => [...sets.values()].flatMap(setSpellings)
  const only = oneNamed({ what: 'set', wanted, found, nameOf: ({ name }) => name, spellings })
  if (typeof only === 'string') return only
  return explainSetNamed(only.name, explainer) ?? unknown('set', wanted, spellings())
}

/** The same of the text of a node; undefined, with messages written, when it cannot be read. */
export async function explainNode(
  options: RuleOptions & WorldOptions,
  ipVersion: IpVersion,
  compiled: Explainer | undefined,
  io: Io,
): Promise<Explanation | string | undefined> {
  const report = new Report()
  const read = await readNode({ ...options, isExcerpt: true }, io, report)
  await writeDiagnostics(report.placed(), io)
  if (report.hasErrors) return undefined
  const tables = read.get(ipVersion)
  if (tables === undefined) return `the text has no rules of IPv${ipVersion}`
  const { calicoVersion } = options
  const release = calicoVersion === undefined ? LATEST_RELEASE : releaseNamed(calicoVersion, report)
  if (release === undefined) {
    await writeDiagnostics(report.placed(), io)
    return undefined
  }
  const explainer = createNodeExplainer(tables, compiled, release)
  const found = explainRules(options, explainer)
  if (found === undefined || typeof found === 'string') return found
  const strangers =
    compiled === undefined
      ? 0
      : found.chains.flatMap(({ rules }) => rules).filter(({ hash }) => explainer.strangers.has(hash)).length
  const notes = [
    ...found.notes,
    ...(compiled === undefined ? ['Marks are named as with the default iptablesMarkMask, 0xffff0000.'] : []),
    ...(strangers === 0
      ? []
      : [
          `Of the rules of Calico shown, ${strangers} ${strangers === 1 ? 'is not one' : 'are not ones'} that the resources given make.`,
        ]),
  ]
  return { ...found, notes }
}
