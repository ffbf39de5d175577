// A packet's way through the rules for the page: each step with the answer of each match, and the verdict in a sentence.

import { Report } from '../../diagnostics/diagnostic.ts'
import type { Rule } from '../../model/ruleset.ts'
import { explainWay } from '../../trace/explain-way.ts'
import { traceOfWalks } from '../../trace/one-node.ts'
import { readRequest } from '../../trace/packet-request.ts'
import type { PacketRequest } from '../../trace/request-fields.ts'
import type { Scene } from '../../trace/scene.ts'
import { routeWords } from '../../trace/route-words.ts'
import type { Step } from '../../walk/steps.ts'
import { describeMatch } from '../../words/match.ts'
import { describeOriginAt } from '../../words/origin.ts'
import { packetWords } from '../../words/packet.ts'
import { describeTarget } from '../../words/target.ts'
import { answerLines, headlineOf } from './answer.ts'
import type { PacketFailure, PacketFields, PacketView, StepView } from '../view.ts'
import { isEmptyChain } from '../../trace/describe-steps.ts'

export function buildPacket(fields: PacketFields, scene: Scene): PacketView | PacketFailure {
  const report = new Report()
  const journey = readRequest(fields as PacketRequest, scene, undefined, report)
  if (journey === undefined) {
    return {
      messages: report.diagnostics.map(({ message, help }) => (help === undefined ? message : `${message}: ${help}`)),
    }
  }
  const result = scene.walker.walk(journey, { withMisses: true })
  const { walks, verdict } = result
  const [walk] = walks
  const answer = explainWay(traceOfWalks(journey, result, scene).ways[0])
  const packet = packetWords(journey.packet)
  return {
    verdict,
    headline: headlineOf(verdict, walk, scene),
    lines: answerLines(answer, walk, scene, packet),
    packet,
    command: commandOf(fields),
    steps: walk.steps.filter(step => !isEmptyChain(step)).map(step => viewStep(step, scene)),
    log: walk.log,
  }
}

function viewStep(step: Step, scene: Scene): StepView {
  switch (step.kind) {
    case 'rule': {
      const { rule, markBefore, markAfter, rewritten, log } = step
      const now = rewritten === undefined ? '' : `: now ${packetWords(rewritten)}`
      return {
        ...ruleView(step, scene),
        matches: rule.matches.map(match => ({ text: describeMatch(match, scene.words), answer: 'yes' })),
        target: `${describeTarget(rule.target, scene.words)}${now}`,
        markBefore,
        markAfter,
        ...(log === undefined ? {} : { log }),
      }
    }
    case 'miss': {
      const { rule, failed } = step
      const position = rule.matches.indexOf(failed)
      return {
        ...ruleView(step, scene),
        matches: rule.matches.map((match, at) => ({
          text: describeMatch(match, scene.words),
          answer: at < position ? 'yes' : at === position ? 'no' : 'unasked',
        })),
        target: describeTarget(rule.target, scene.words),
        markBefore: 0,
        markAfter: 0,
      }
    }
    case 'policy':
      return plain(
        step.kind,
        `end of ${step.chain.name}`,
        `its policy: ${step.chain.policy}`,
        `${step.table} ${step.hook}`,
      )
    case 'again':
      return {
        ...plain(step.kind, step.chain, 'as before, in the same state', `${step.table} ${step.hook}`),
        depth: step.depth,
      }
    case 'conntrack':
      return plain(step.kind, 'connection tracking', step.state)
    case 'route':
      return plain(step.kind, 'routing', routeWords(step.route, step.destination))
    case 'dnat':
      return plain(step.kind, 'destination changed', packetWords(step.after))
    case 'loopback':
      return plain(step.kind, 'loopback', 'leaves by lo and comes in again')
  }
}

/** What is said of a rule whether it fits or not. */
function ruleView({ kind, rule, chain, index, depth, hook, table }: Extract<Step, { rule: Rule }>, scene: Scene) {
  return {
    kind,
    hook: `${table} ${hook}`,
    ruleId: `${table}/${chain}/${index}`,
    depth,
    text: `${chain} ${index + 1}`,
    why: describeOriginAt(scene.originOf(rule), scene.sources),
    sets: rule.matches.flatMap(match => (match.kind === 'ipSet' ? [match.set] : [])),
  } as const
}

function plain(kind: StepView['kind'], text: string, target: string, hook?: string): StepView {
  return {
    kind,
    ...(hook === undefined ? {} : { hook }),
    depth: 0,
    text,
    matches: [],
    target,
    markBefore: 0,
    markAfter: 0,
    why: '',
    sets: [],
  }
}

/** The same thing on the command line. */
function commandOf(fields: PacketFields): string {
  const options = Object.entries(fields)
    .filter(([, value]) => value !== '')
    .map(([name, value]) =>
      value === 'true'
        ? `--${name}`
        : `--${name} ${/^[\w./:-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`}`,
    )
  return `calitables trace -f . ${options.join(' ')}`
}
