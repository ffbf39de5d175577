// The probes of one case and IP version: chosen so that they meet as many rules as possible, with what the walker says of each.

import type { KernelTables } from '../../../src/netfilter/kernel-tables.ts'
import type { Match, Rule } from '../../../src/model/ruleset.ts'
import type { WitnessWishes } from '../analysis/witness-wishes.ts'
import type { Walk } from '../../../src/walk/steps.ts'
import { createWalker } from '../../../src/walk/walk-packet.ts'
import { type RuleAim, aimsOf, type Wishes, wishesOf } from './aims.ts'
import { placesOf } from './counters.ts'
import { flowKey, makeProbe, type Probe } from './probe.ts'
import type { Random } from './random.ts'
import { type FlowContext, randomFlow, randomKind } from './random-flow.ts'

export interface ForeseenProbe {
  readonly probe: Probe
  readonly walk: Walk
  /** Rules and policies that it counts. */
  readonly places: readonly string[]
}

export interface BatchOptions {
  readonly wanted: number
  /** Number of the first probe. */
  readonly first: number
  /** Services are rules of the tables: the walker needs no word of them, and no connection can be made before the rules are there. */
  readonly servicesAreRules: boolean
  /** Every other probe is drawn from the borders of packet sets, and all are asked about. */
  readonly sets?: WitnessWishes | undefined
}

/** How often dice are thrown for one probe. */
const TRIES = 25

export function chooseProbes(
  random: Random,
  tables: KernelTables,
  context: FlowContext,
  { wanted, first, servicesAreRules, sets }: BatchOptions,
): readonly ForeseenProbe[] {
  const walker = createWalker(tables, context.view)
  const aims = aimsOf(tables)
  const chosen: ForeseenProbe[] = []
  const keys = new Set<string>()
  const met = new Set<string>()
  const limits = new Limits()
  for (let tries = 0; chosen.length < wanted && tries < wanted * TRIES; tries++) {
    const number = first + chosen.length
    const isWitness = sets !== undefined && random.chance(50)
    const wishes = isWitness ? sets.wishes(random) : random.chance(60) ? wishesFor(random, aims, met, tables) : {}
    const drawn = randomFlow(random, number, context, wishes)
    if (drawn === undefined) continue
    const { kind, flow } = randomKind(random, drawn)
    if (servicesAreRules && flow.service !== undefined && kind === 'established') continue
    const key = flowKey(flow)
    if (keys.has(key)) continue
    const made = makeProbe(number, kind, flow, context.view)
    const { dnat: _told, ...untold } = made.journey
    const probe = servicesAreRules ? { ...made, journey: untold } : made
    const { walks } = walker.walk(probe.journey, { withMisses: true })
    // Where the walker does not know it says nothing that could be wrong.
    if (walks.length > 1) continue
    const [walk] = walks
    const said = sets?.contradiction(probe.journey, walk)
    if (said !== undefined) {
      throw new Error(`walked ${walk.verdict}, the sets say ${said}: ${JSON.stringify(probe.journey)}`)
    }
    const places = placesOf(walk.steps)
    const isNews = places.some(place => !met.has(place))
    // Late in the game anything goes, so that there are enough.
    if (!isNews && !isWitness && !random.chance(tries < (wanted * TRIES) / 2 ? 12 : 100)) continue
    if (!limits.take(walk)) continue
    keys.add(key)
    for (const place of places) met.add(place)
    chosen.push({ probe, walk, places })
  }
  return chosen
}

/** Those of a rule that no probe has met so far; none where the dice name others only. */
function wishesFor(random: Random, aims: readonly RuleAim[], met: ReadonlySet<string>, tables: KernelTables): Wishes {
  for (let tries = 0; tries < 10; tries++) {
    const aim = random.pick(aims)
    if (aim !== undefined && !met.has(aim.place)) return wishesOf(aim, random, tables)
  }
  return {}
}

/** Rules that match only so often: all probes together stay below, as the walker takes for granted. */
export class Limits {
  readonly #used = new Map<Rule, number>()

  /** Whether one more packet may take this way; it is counted then. */
  take({ assumptions, steps }: Walk): boolean {
    const asked = steps.flatMap(step => (step.kind === 'miss' && asksLimit(step.rule, step.failed) ? [step.rule] : []))
    const rules = [...assumptions.map(({ rule }) => rule), ...asked]
    if (rules.some(rule => (this.#used.get(rule) ?? 0) >= mostOf(rule))) return false
    for (const rule of rules) this.#used.set(rule, (this.#used.get(rule) ?? 0) + 1)
    return true
  }
}

/** What a rule asks of the IP header comes first, wherever it is written. */
const OF_HEADER: ReadonlySet<Match['kind']> = new Set(['net', 'protocol', 'inInterface', 'outInterface'])

/** Whether the rate was asked, and so used up, before another match failed. */
function asksLimit({ matches }: Rule, failed: Match): boolean {
  const limit = matches.findIndex(({ kind }) => kind === 'limit')
  return limit >= 0 && limit < matches.indexOf(failed) && !OF_HEADER.has(failed.kind)
}

function mostOf({ matches }: Rule): number {
  return matches.reduce((most, match) => {
    if (match.kind === 'limit') return Math.min(most, match.burst)
    // A handshake may be counted beside the probe itself.
    return match.kind === 'connectionLimit' ? Math.min(most, Math.floor(match.above / 2)) : most
  }, Infinity)
}
