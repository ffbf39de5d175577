// Lock-out for people: for each host endpoint a row for each service, and what only fail-safes keep open.

import { interfaceWords } from '../cube-words.ts'
import type { IpVersion } from '../../net/cidr.ts'
import { printable } from '../../text/printable.ts'
import { wrap } from '../../text/wrap.ts'
import { protocolWords } from '../../words/packet.ts'
import type { LockoutRow, VersionLockout } from './lockout.ts'
import type { LockoutPart, LockoutStatus } from './tell-row.ts'
import type { LockoutService } from './services.ts'
import { listed } from '../../text/listed.ts'

export interface NodeLockout {
  readonly node: string
  /** Of those that Felix programs. */
  readonly versions: readonly VersionLockout[]
  readonly hasEndpoints: boolean
}

const STATUS_WORDS: Readonly<Record<LockoutStatus, string>> = {
  open: 'open',
  failsafe: 'fail-safe',
  partly: 'partly',
  closed: 'closed',
  unclear: 'unclear',
}

const LINE_WIDTH = 80
const REASON = '      '

/** Items of a list that are shown; of others only their number. */
const MOST_ITEMS = 6

export function formatLockout(nodes: readonly NodeLockout[]): string {
  const lines = nodes.flatMap(({ node, versions, hasEndpoints }) => {
    if (!hasEndpoints)
      return [...wrap(`node ${node} has no host endpoint: policy does not govern what comes to it`, ''), '']
    const unknown = versions
      .filter(({ isAddressless }) => isAddressless)
      .map(({ ipVersion }) => `node ${node}, IPv${ipVersion}: no address is known by which others call the node`)
    return [...sections(node, versions), ...unknown.flatMap(line => [...wrap(line, ''), ''])]
  })
  const rows = nodes.flatMap(({ versions }) => versions.flatMap(version => version.rows))
  const all = [...lines, ...summary(rows)]
  return `${all
    .slice(0, all.at(-1) === '' ? -1 : undefined)
    .map(printable)
    .join('\n')}\n`
}

/** One for each endpoint; both IP versions in one where they say the same. */
function sections(node: string, versions: readonly VersionLockout[]): readonly string[] {
  const rows = versions.flatMap(version => version.rows)
  const places = [...new Set(rows.map(({ endpoint, interfaceName }) => JSON.stringify([endpoint, interfaceName])))]
  return places.flatMap(place => {
    const byText = new Map<string, IpVersion[]>()
    for (const { ipVersion, rows } of versions) {
      const own = rows.filter(({ endpoint, interfaceName }) => JSON.stringify([endpoint, interfaceName]) === place)
      const text = table(own).join('\n')
      if (text !== '') byText.set(text, [...(byText.get(text) ?? []), ipVersion])
    }
    const [endpoint, interfaceName] = JSON.parse(place) as [string, string]
    return [...byText].flatMap(([text, found]) => [
      ...wrap(
        `node ${node}, host endpoint ${endpoint} (${interfaceName}), ${found.map(one => `IPv${one}`).join(' and ')}`,
        '',
      ),
      ...text.split('\n'),
      '',
    ])
  })
}

function table(rows: readonly LockoutRow[]): readonly string[] {
  const shown = rows.filter(row => !isSaidElsewhere(row, rows))
  const cells = shown.map(row => [
    row.service.title,
    trafficWords(row.service),
    `${row.direction === 'in' ? 'from' : 'to'} ${row.zone === 'nodes' ? 'other nodes' : 'anywhere'}`,
    STATUS_WORDS[row.status],
  ])
  const widths = [0, 1, 2, 3].map(column => Math.max(0, ...cells.map(line => (line[column] ?? '').length)))
  return shown.flatMap((row, i) => {
    const [first = '', ...more] = partLines(row)
    const start = (cells[i] ?? []).map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')
    const line = `  ${start}  ${first}`.trimEnd()
    // What does not fit beside its row stands below it.
    const head = line.length <= LINE_WIDTH ? [line] : [`  ${start}`.trimEnd(), ...wrap(first, REASON)]
    return [...head, ...more.flatMap(text => wrap(text.trimStart(), `${REASON}${/^ */.exec(text)?.[0] ?? ''}`))]
  })
}

/** What holds for everybody, by one rule, holds for other nodes too. */
function isSaidElsewhere(row: LockoutRow, rows: readonly LockoutRow[]): boolean {
  if (row.zone !== 'nodes') return false
  const wider = rows.find(
    other => other.zone === 'anywhere' && other.service === row.service && other.direction === row.direction,
  )
  return wider !== undefined && wider.parts.length === 1 && row.status === wider.status
}

/** The first one stands in the row itself. */
function partLines({ parts, direction, hasMore, isVoid }: LockoutRow): readonly string[] {
  const [only] = parts
  const more = hasMore ? ['and more'] : []
  if (only !== undefined && parts.length === 1) {
    const [because, ...rest] = reasons(only, isVoid)
    const where = whereWords(only, direction)
    return [`${where === '' ? '' : `${where}: `}${because ?? ''}`, ...rest, ...more]
  }
  return [
    '',
    ...parts.flatMap(part => {
      const [because, ...rest] = reasons(part, isVoid)
      const where = whereWords(part, direction)
      const start = `${where === '' ? 'some' : where}: ${STATUS_WORDS[part.kind]}`
      return [`${start}, ${because ?? ''}`, ...rest.map(line => `  ${line}`)]
    }),
    ...more,
  ]
}

function reasons({ decided, without }: LockoutPart, isVoid: boolean): readonly string[] {
  return without === undefined || !isVoid ? [decided.because] : [decided.because, `it makes void: ${without.because}`]
}

/** Which packets of the row are meant; nothing where it is all of them. */
function whereWords({ cube }: LockoutPart, direction: LockoutRow['direction']): string {
  const shown = (items: readonly string[]): string => listed(items, MOST_ITEMS)
  const list = (items: readonly string[] | undefined, before: string): readonly string[] =>
    items === undefined || items.length === 0 || items[0] === 'anywhere' ? [] : [`${before}${shown(items)}`]
  const [from, to] = [list(cube.from, 'from '), list(cube.to, 'to ')]
  return [
    ...(direction === 'in' ? [...from, ...to] : [...to, ...from]),
    ...list(cube.protocols, ''),
    ...list(cube.ports, 'port '),
    ...list(cube.sourcePorts, 'source port '),
    ...list(cube.tcpFlags, 'TCP flags '),
    ...interfaceWords(cube.inInterfaces, 'in', shown),
    ...interfaceWords(cube.outInterfaces, 'out', shown),
  ].join(', ')
}

/** `TCP 2379-2380`, `UDP 53, TCP 53` */
function trafficWords({ traffic }: LockoutService): string {
  const words = traffic.map(({ protocol, ports }) => {
    const ranges = ports.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`))
    return `${protocolWords(protocol)}${ranges.length === 0 ? '' : ` ${ranges.join(', ')}`}`
  })
  const [one, other] = traffic.map(({ ports }) => JSON.stringify(ports))
  if (traffic.length === 2 && one === other) {
    const [first, second] = traffic.map(({ protocol }) => protocolWords(protocol))
    return `${first ?? ''}/${second ?? ''}${(words[0] ?? '').slice((first ?? '').length)}`
  }
  return words.join(', ')
}

function summary(rows: readonly LockoutRow[]): readonly string[] {
  if (rows.length === 0) return []
  const voided = rows.filter(({ isVoid }) => isVoid)
  const names = [...new Set(voided.map(({ service, endpoint }) => `${service.title} at ${endpoint}`))]
  if (names.length === 0) return ['no restriction of a policy is void by a fail-safe port']
  return wrap(`fail-safe ports make restrictions of policies void: ${names.join(', ')}`, '')
}
