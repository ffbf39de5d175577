// Random rules of a world of 16 addresses and 8 ports, and what they do to one packet, in plain steps.

import type { ConntrackState } from '../../../src/model/rule-values.ts'

export interface SmallPacket {
  /** 0–15, 0–15, 0–7. */
  readonly source: number
  readonly destination: number
  readonly port: number
  /** 6, 1 or 47; only 6 has ports. */
  readonly protocol: number
  readonly state: 'NEW' | 'ESTABLISHED'
  /** `` for what the node sends. */
  readonly inInterface: string
}

type Side = 'source' | 'destination'

export type SmallMatch =
  | {
      readonly kind: 'net'
      readonly side: Side
      readonly value: number
      readonly length: number
      readonly not: boolean
    }
  | { readonly kind: 'set'; readonly side: Side; readonly set: number; readonly not: boolean }
  | { readonly kind: 'portSet'; readonly side: Side; readonly set: number; readonly not: boolean }
  | { readonly kind: 'protocol'; readonly protocol: number; readonly not: boolean }
  | { readonly kind: 'port'; readonly first: number; readonly last: number; readonly not: boolean }
  | { readonly kind: 'mark'; readonly value: number; readonly mask: number; readonly not: boolean }
  | { readonly kind: 'state'; readonly states: readonly ConntrackState[]; readonly not: boolean }
  | { readonly kind: 'in' | 'out'; readonly name: string; readonly not: boolean }
  | { readonly kind: 'local'; readonly side: Side; readonly not: boolean }
  | { readonly kind: 'unknown' }

export type SmallTarget =
  | { readonly kind: 'accept' | 'drop' | 'reject' | 'return' | 'notrack' | 'none' | 'unknown' }
  | { readonly kind: 'jump' | 'goto'; readonly chain: number }
  | { readonly kind: 'setMark'; readonly value: number; readonly mask: number }
  | { readonly kind: 'clearMark'; readonly mask: number }
  | { readonly kind: 'dnat'; readonly address: number; readonly port?: number }

export interface SmallRule {
  readonly matches: readonly SmallMatch[]
  readonly target: SmallTarget
}

export interface SmallChains {
  /** By hook. */
  readonly base: Readonly<Record<string, { readonly rules: readonly SmallRule[]; readonly policy: 'accept' | 'drop' }>>
  /** A chain leads to later ones only. */
  readonly user: readonly (readonly SmallRule[])[]
}

/** An address, or a beginning of one of `length` bits; `not`: what begins so is out, unless a longer one says otherwise. */
export interface SmallMember {
  readonly value: number
  readonly length: number
  readonly not: boolean
}

export interface SmallWorld {
  /** By which all its packets arrive; `` where the node sends them. */
  readonly inInterface: string
  /** What conntrack makes of all of them. */
  readonly state: SmallPacket['state']
  readonly tables: Readonly<Record<'raw' | 'mangle' | 'nat' | 'filter', SmallChains>>
  readonly sets: readonly (readonly SmallMember[])[]
  readonly portSets: readonly (readonly { readonly address: number; readonly port: number }[])[]
}

/** Addresses of the node. */
export const SMALL_LOCAL = [0, 1, 2, 3]

/** By which everything leaves that is not for the node. */
export const SMALL_OUT = 'eth0'

interface State {
  readonly packet: SmallPacket
  readonly mark: number
  readonly seen: 'no' | 'noUntracked' | 'yes' | 'untracked'
  readonly isTranslated: boolean
  readonly inInterface: string
  readonly outInterface: string
}

type End = readonly ['accept' | 'drop' | 'reject' | 'return', State]

/** The verdicts that a packet may get: several where a match or target is not known. */
export function smallVerdicts(world: SmallWorld, packet: SmallPacket): ReadonlySet<string> {
  const verdicts = new Set<string>()
  const pass = (states: readonly State[], hook: string, ...names: (keyof SmallWorld['tables'])[]): readonly State[] =>
    names.reduce((passing, name) => {
      const chains = world.tables[name]
      const base = chains.base[hook]
      if (base === undefined || (base.rules.length === 0 && base.policy === 'accept')) return passing
      return passing.flatMap(state =>
        through(world, chains, base.rules, state).flatMap(([end, after]) => {
          const verdict = end === 'return' ? base.policy : end
          if (verdict !== 'accept') verdicts.add(verdict)
          return verdict === 'accept' ? [after] : []
        }),
      )
    }, states)
  const nat = (states: readonly State[], hook: string): readonly State[] =>
    states.flatMap(state =>
      state.seen === 'yes' && state.packet.state === 'NEW' ? pass([state], hook, 'nat') : [state],
    )
  const track = (states: readonly State[]): readonly State[] =>
    states.map(state => ({ ...state, seen: state.seen === 'no' ? 'yes' : 'untracked' }))
  const isLocal = (state: State): boolean => SMALL_LOCAL.includes(state.packet.destination)
  const withOut = (states: readonly State[], outInterface: string): readonly State[] =>
    states.map(state => ({ ...state, outInterface }))
  const done = (states: readonly State[]): void => {
    if (states.length > 0) verdicts.add('accept')
  }
  const { inInterface } = packet
  const start: State = { packet, mark: 0, seen: 'no', isTranslated: false, inInterface, outInterface: '' }
  if (inInterface !== '') {
    const arrived = nat(pass(track(pass([start], 'PREROUTING', 'raw')), 'PREROUTING', 'mangle'), 'PREROUTING')
    done(nat(pass(arrived.filter(isLocal), 'INPUT', 'mangle', 'filter'), 'INPUT'))
    const forwarded = withOut(
      arrived.filter(state => !isLocal(state)),
      SMALL_OUT,
    )
    done(nat(pass(pass(forwarded, 'FORWARD', 'mangle', 'filter'), 'POSTROUTING', 'mangle'), 'POSTROUTING'))
    return verdicts
  }
  const sent = track(pass(withOut([start], isLocal(start) ? 'lo' : SMALL_OUT), 'OUTPUT', 'raw'))
  for (const state of nat(pass(sent, 'OUTPUT', 'mangle'), 'OUTPUT')) {
    const routed = withOut(pass([state], 'OUTPUT', 'filter'), isLocal(state) ? 'lo' : SMALL_OUT)
    const left = nat(pass(routed, 'POSTROUTING', 'mangle'), 'POSTROUTING')
    if (!isLocal(state)) done(left)
    else {
      const back = left.map(one => ({ ...one, inInterface: 'lo', outInterface: '' }))
      done(pass(pass(back, 'PREROUTING', 'raw', 'mangle'), 'INPUT', 'mangle', 'filter'))
    }
  }
  return verdicts
}

function through(world: SmallWorld, chains: SmallChains, rules: readonly SmallRule[], first: State): readonly End[] {
  let states: readonly State[] = [first]
  const ends: End[] = []
  for (const { matches, target } of rules) {
    const next: State[] = []
    for (const state of states) {
      const outcome = allFit(world, matches, state)
      if (outcome !== true) next.push(state)
      if (outcome === false) continue
      switch (target.kind) {
        case 'none':
          next.push(state)
          break
        case 'notrack':
          next.push(state.seen === 'no' ? { ...state, seen: 'noUntracked' } : state)
          break
        case 'setMark':
          next.push({ ...state, mark: (state.mark & ~(target.mask | target.value)) ^ target.value })
          break
        case 'clearMark':
          next.push({ ...state, mark: state.mark & ~target.mask })
          break
        case 'dnat': {
          const { address, port = state.packet.port } = target
          const packet = {
            ...state.packet,
            destination: address,
            port: state.packet.protocol === 6 ? port : state.packet.port,
          }
          ends.push(['accept', { ...state, packet, isTranslated: true }])
          break
        }
        case 'jump':
        case 'goto':
          for (const [end, after] of through(world, chains, chains.user[target.chain] ?? [], state)) {
            if (end === 'return' && target.kind === 'jump') next.push(after)
            else ends.push([end, after])
          }
          break
        case 'unknown':
          next.push(state)
          ends.push(['accept', state], ['drop', state])
          break
        default:
          ends.push([target.kind, state])
      }
    }
    // Two ways that meet again are one.
    states = next.length < 2 ? next : [...new Map(next.map(state => [JSON.stringify(state), state])).values()]
  }
  return [...ends, ...states.map(state => ['return', state] as const)]
}

function allFit(world: SmallWorld, matches: readonly SmallMatch[], state: State): boolean | undefined {
  let outcome: boolean | undefined = true
  for (const match of matches) {
    const fitting = fits(world, match, state)
    if (fitting === false) return false
    if (fitting === undefined) outcome = undefined
  }
  return outcome
}

function fits(world: SmallWorld, match: SmallMatch, state: State): boolean | undefined {
  const { packet } = state
  switch (match.kind) {
    case 'unknown':
      return undefined
    case 'net':
      return (packet[match.side] >> (4 - match.length) === match.value >> (4 - match.length)) !== match.not
    case 'set': {
      const holding = (world.sets[match.set] ?? []).filter(
        ({ value, length }) => packet[match.side] >> (4 - length) === value >> (4 - length),
      )
      const longest = holding.sort((a, b) => b.length - a.length)[0]
      return (longest?.not === false) !== match.not
    }
    case 'portSet': {
      const port = match.side === 'source' ? 0 : packet.port
      const isIn = (world.portSets[match.set] ?? []).some(
        member => packet.protocol === 6 && member.address === packet[match.side] && member.port === port,
      )
      return isIn !== match.not
    }
    case 'protocol':
      return (packet.protocol === match.protocol) !== match.not
    case 'port':
      return packet.protocol === 6 && (match.first <= packet.port && packet.port <= match.last) !== match.not
    case 'mark':
      return ((state.mark & match.mask) === match.value) !== match.not
    case 'state': {
      const now = state.seen === 'no' ? 'INVALID' : state.seen === 'yes' ? packet.state : 'UNTRACKED'
      return (match.states.includes(now) || (match.states.includes('DNAT') && state.isTranslated)) !== match.not
    }
    case 'in':
    case 'out': {
      const name = match.kind === 'in' ? state.inInterface : state.outInterface
      const isFitting = match.name.endsWith('+') ? name.startsWith(match.name.slice(0, -1)) : name === match.name
      return isFitting !== match.not
    }
    case 'local':
      return SMALL_LOCAL.includes(packet[match.side]) !== match.not
  }
}
