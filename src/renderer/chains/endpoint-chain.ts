// The chain that a packet of one endpoint, in one direction and table, goes through: connection state, fail-safes, tiers
// of policy, then profiles.
//
//   -A cali-tw-cali1 -m conntrack --ctstate RELATED,ESTABLISHED --jump ACCEPT
//   -A cali-tw-cali1 -m conntrack --ctstate INVALID --jump DROP
//   -A cali-tw-cali1 --jump MARK --set-mark 0/0x30000
//   -A cali-tw-cali1 -m comment --comment "Start of tier default" --jump MARK --set-mark 0/0x20000
//   -A cali-tw-cali1 -m mark --mark 0/0x20000 --jump cali-pi-gnp/web
//   -A cali-tw-cali1 -m comment --comment "Return if policy accepted" -m mark --mark 0x10000/0x10000 --jump RETURN
//   -A cali-tw-cali1 -m comment --comment "End of tier default. Drop if no policies passed packet" -m mark --mark 0/0x20000 --jump DROP
//   -A cali-tw-cali1 --jump cali-pri-kns.shop
//   -A cali-tw-cali1 -m comment --comment "Return if profile accepted" -m mark --mark 0x10000/0x10000 --jump RETURN
//   -A cali-tw-cali1 -m comment --comment "Drop if no profiles matched" --jump DROP

import type { Release } from '../../calico/releases/release.ts'
import { perSecondRate } from '../../netfilter/rate.ts'
import type { FelixField } from '../../calico/felix-config.ts'
import type { Location } from '../../diagnostics/source.ts'
import type { TrafficLimits } from '../../model/ast/endpoint.ts'
import type { Direction } from '../../model/ast/policy.ts'
import type { EndpointChainType, PlannedTier } from '../../model/plan.ts'
import type { EndpointRef, Origin } from '../../model/origin.ts'
import type { Chain, Match, Rule, TableName, Target } from '../../model/ruleset.ts'
import {
  bySetting,
  clearMark,
  denyTarget,
  denyWord,
  jump,
  markIsClear,
  markIsSet,
  portOf,
  type RenderContext,
  setMark,
} from '../context.ts'
import { combine } from '../../calico/marks.ts'
import { endOfTierNflog, noProfileNflog } from '../rules/nflog.ts'
import { groupJumps, profileChainName } from './policy-chain.ts'

export interface EndpointChainInput {
  readonly table: TableName
  readonly name: string
  readonly endpoint: EndpointRef
  readonly location: Location
  readonly chainType: EndpointChainType
  readonly direction: Direction
  readonly tiers: readonly PlannedTier[]
  /** What established connections get. */
  readonly allow: Target
  readonly failsafeChain?: string
  /** Only normal chains end in profiles. */
  readonly profiles?: readonly string[]
  readonly limits?: TrafficLimits
  /** Traffic that leaves a workload may not be encapsulated. */
  readonly dropsEncapsulated?: boolean
}

const ESTABLISHED: Match = { kind: 'conntrackState', states: ['RELATED', 'ESTABLISHED'], negated: false }
const INVALID: Match = { kind: 'conntrackState', states: ['INVALID'], negated: false }

/** An endpoint chain names no addresses and no sets, so it is the same for both IP versions. */
export function renderEndpointChain(input: EndpointChainInput, context: RenderContext): Chain {
  const key = `${input.table} ${input.name}`
  const shared = context.sharedChains.get(key)
  if (shared !== undefined) return shared
  const chain = renderChain(input, context)
  context.sharedChains.set(key, chain)
  return chain
}

function renderChain(input: EndpointChainInput, context: RenderContext): Chain {
  const { name, endpoint, location, chainType, failsafeChain } = input
  const { marks, config } = context
  const polices = { direction: input.direction, chainType }
  const origin = (because: string): Origin => ({ kind: 'endpoint', endpoint, because, polices, location })
  const plain = (because: string, matches: readonly Match[], target: Target): Rule => ({
    comments: [],
    matches,
    target,
    origin: origin(because),
  })
  const rules: Rule[] = [...packetRateRules(input, context, origin)]
  if (chainType !== 'untracked') {
    if (input.allow.kind !== 'accept') {
      rules.push(plain('packets of a known connection are allowed', [ESTABLISHED], setMark(marks.accept)))
    }
    rules.push(plain('packets of a known connection are allowed', [ESTABLISHED], input.allow))
    if (!config.disableConntrackInvalidCheck) {
      rules.push({
        comments: [],
        matches: [INVALID],
        target: denyTarget(context),
        origin: bySetting(context, 'disableConntrackInvalidCheck', 'packets that belong to no connection are dropped'),
      })
    }
  }
  for (const rule of connectionLimitRules(input, origin)) rules.push(rule)
  if (failsafeChain !== undefined) rules.push(plain('fail-safe ports come before policy', [], jump(failsafeChain)))
  rules.push(plain('no verdict yet', [], clearMark(verdictMarks(context))))
  if (input.dropsEncapsulated === true) for (const rule of encapsulationRules(context)) rules.push(rule)
  for (const tier of input.tiers) for (const rule of tierRules(tier, input, context)) rules.push(rule)
  if (chainType === 'forward' && hasNoForwardPolicy(input, context)) {
    const because = 'no policy with applyOnForward selects the endpoint'
    rules.push(
      {
        comments: ['Allow forwarded traffic by default'],
        matches: [],
        target: setMark(marks.accept),
        origin: origin(because),
      },
      {
        comments: ['Return for accepted forward traffic'],
        matches: [],
        target: { kind: 'return' },
        origin: origin(because),
      },
    )
  }
  if (input.profiles !== undefined)
    for (const rule of profileRules(input.profiles, input, context, origin)) rules.push(rule)
  return { name, rules, origin: origin(`${chainType} ${input.direction} policy of the endpoint`) }
}

function hasNoForwardPolicy({ tiers, direction }: EndpointChainInput, { release }: RenderContext): boolean {
  return release.forwardDefault === 'eitherDirection'
    ? tiers.length === 0
    : tiers.every(tier => tier[direction].length === 0)
}

function verdictMarks({ marks, release }: RenderContext): number {
  return release.endpointChainClears === 'accept' ? marks.accept : combine(marks.accept, marks.pass)
}

function packetRateRules(
  { limits, direction }: EndpointChainInput,
  { marks }: RenderContext,
  origin: (because: string) => Origin,
): readonly Rule[] {
  if (limits?.packetRate === undefined) return []
  const { perSecond, burst } = limits.packetRate
  const because = `limit ${direction}PacketRate`
  const rule = (comment: string, matches: readonly Match[], target: Target): Rule => ({
    comments: [comment],
    matches,
    target,
    origin: origin(because),
  })
  const clear = rule(`Clear ${direction} packet rate limit mark`, [], clearMark(marks.scratch0))
  const withinLimit: Match = { kind: 'limit', rate: perSecondRate(perSecond), burst }
  return [
    clear,
    rule(`Mark packets within ${direction} packet rate limit`, [withinLimit], setMark(marks.scratch0)),
    rule(
      `Drop packets over ${direction} packet rate limit`,
      [{ kind: 'mark', value: marks.scratch0, mask: marks.scratch0, negated: true }],
      { kind: 'drop' },
    ),
    clear,
  ]
}

function connectionLimitRules(
  { limits, direction }: EndpointChainInput,
  origin: (because: string) => Origin,
): readonly Rule[] {
  if (limits?.maxConnections === undefined) return []
  return [
    {
      comments: [`Reject connections over ${direction} connection limit`],
      matches: [
        { kind: 'protocol', protocol: 'tcp', negated: false },
        { kind: 'tcpFlags', mask: ['FIN', 'SYN', 'RST', 'ACK'], flags: ['SYN'] },
        { kind: 'connectionLimit', above: limits.maxConnections, mask: 0 },
      ],
      target: { kind: 'reject', with: 'tcp-reset' },
      origin: origin(`limit ${direction}MaxConnections`),
    },
  ]
}

/** Protocol number of IP in IP. */
const IPIP = 4
const UDP = 17

function encapsulationRules(context: RenderContext): readonly Rule[] {
  const { config } = context
  const rule = (what: string, field: FelixField, matches: readonly Match[]): Rule => ({
    comments: [`${denyWord(context)} ${what} encapped packets originating in workloads`],
    matches,
    target: denyTarget(context),
    origin: bySetting(context, field, 'workloads may not send encapsulated packets'),
  })
  const port = portOf(config.vxlanPort)
  const vxlan: readonly Match[] = [
    { kind: 'protocol', protocol: UDP, negated: false },
    { kind: 'ports', side: 'destination', ranges: [{ first: port, last: port }], negated: false },
  ]
  return [
    ...(config.allowVXLANPacketsFromWorkloads ? [] : [rule('VXLAN', 'allowVXLANPacketsFromWorkloads', vxlan)]),
    ...(config.allowIPIPPacketsFromWorkloads
      ? []
      : [rule('IPinIP', 'allowIPIPPacketsFromWorkloads', [{ kind: 'protocol', protocol: IPIP, negated: false }])]),
  ]
}

function tierRules(tier: PlannedTier, input: EndpointChainInput, context: RenderContext): readonly Rule[] {
  const { marks, release } = context
  const { chainType, direction, endpoint } = input
  const groups = tier[direction]
  if (groups.length === 0) return []
  const tierOrigin: Origin = {
    kind: 'tier',
    tier: tier.name,
    endpoint,
    polices: { direction, chainType },
    ...(tier.location === undefined ? {} : { location: tier.location }),
  }
  const noPass = markIsClear(marks.pass)
  const accepted = markIsSet(marks.accept)
  const rules: Rule[] = startComments(tier, release).map(comment => ({
    comments: [comment],
    matches: [],
    target: clearMark(marks.pass),
    origin: tierOrigin,
  }))
  for (const { chain, policies } of groups.flatMap(group => groupJumps(group, release))) {
    const origin = policyOrigin(policies, direction, tierOrigin)
    rules.push({ comments: [], matches: [noPass], target: jump(chain), origin })
    if (chainType === 'untracked')
      rules.push({ comments: [], matches: [accepted], target: { kind: 'notrack' }, origin })
    rules.push({ comments: ['Return if policy accepted'], matches: [accepted], target: { kind: 'return' }, origin })
  }
  if (chainType !== 'normal' && chainType !== 'forward') return rules
  const isEnforced = groups.some(({ enforced }) => enforced.length > 0)
  const drops = isEnforced && tier.defaultAction !== 'Pass'
  if (context.hasFlowLogs) {
    const verdict = drops ? 'D' : 'P'
    rules.push({
      comments: [],
      matches: [noPass],
      target: endOfTierNflog(verdict, direction, tier.name, context),
      origin: tierOrigin,
    })
  }
  if (drops) {
    rules.push({
      comments: [
        `${release.namesTierAtEnd ? `End of tier ${tier.name}. ` : ''}${denyWord(context)} if no policies passed packet`,
      ],
      matches: [noPass],
      target: denyTarget(context),
      origin: tierOrigin,
    })
  }
  return rules
}

function startComments({ name }: PlannedTier, { policiesStart }: Release): readonly string[] {
  switch (policiesStart) {
    case 'none':
      return []
    case 'startOfPolicies':
      return ['Start of policies']
    case 'startOfTier':
      return [`Start of tier ${name}`]
  }
}

function policyOrigin(
  policies: readonly { readonly id: PlannedPolicyId; readonly location: Location }[],
  direction: Direction,
  fallback: Origin,
): Origin {
  const [first] = policies
  if (first === undefined) return fallback
  if (policies.length === 1) return { kind: 'policy', policy: first.id, direction, location: first.location }
  return { kind: 'policyGroup', policies: policies.map(({ id }) => id), direction, location: first.location }
}

type PlannedPolicyId = Extract<Origin, { kind: 'policy' }>['policy']

function profileRules(
  profiles: readonly string[],
  { direction }: EndpointChainInput,
  context: RenderContext,
  origin: (because: string) => Origin,
): readonly Rule[] {
  const { marks } = context
  const rules = profiles.flatMap((profile): readonly Rule[] => {
    const because = `the endpoint lists profile ${profile}`
    return [
      { comments: [], matches: [], target: jump(profileChainName(profile, direction)), origin: origin(because) },
      {
        comments: ['Return if profile accepted'],
        matches: [markIsSet(marks.accept)],
        target: { kind: 'return' },
        origin: origin(because),
      },
    ]
  })
  const because = 'what no policy and no profile decides is dropped'
  return [
    ...rules,
    ...(context.hasFlowLogs
      ? [{ comments: [], matches: [], target: noProfileNflog(direction, context), origin: origin(because) }]
      : []),
    {
      comments: [`${denyWord(context)} if no profiles matched`],
      matches: [],
      target: denyTarget(context),
      origin: origin(because),
    },
  ]
}
