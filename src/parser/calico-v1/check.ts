// What Calico 2.x checks of its resources beyond the form of single fields.

import type { Report } from '../../diagnostics/diagnostic.ts'
import { at, type Location } from '../../diagnostics/source.ts'
import { cidrCovers, type ParsedCidr, parseNet } from '../../net/cidr.ts'
import { hasPorts } from '../../net/protocol.ts'
import type { V1Entity, V1Resource, V1Rule } from './schema.ts'

type Rules = readonly V1Rule[] | undefined

export function checkPolicy({ spec }: V1Resource<'policy'>, location: Location, report: Report): void {
  const place = (field: string, ...steps: number[]): Location => at(location, 'spec', field, ...steps)
  if (spec.preDNAT === true) {
    if (spec.doNotTrack === true)
      report.error(
        'bad-policy',
        '`preDNAT` and `doNotTrack` exclude each other',
        place('preDNAT'),
        'remove one of them',
      )
    if ((spec.egress ?? []).length > 0)
      report.error(
        'bad-policy',
        'a `preDNAT` policy has no egress rules',
        place('egress'),
        'remove them, or write a policy of their own',
      )
    // Beside `ingress` it is left out: Calico 2.6 takes it, and no rule goes with it.
    if ((spec.types ?? []).length > 0 && spec.types?.every(type => type === 'egress') === true)
      report.error(
        'bad-policy',
        'a `preDNAT` policy has no type `egress`',
        place('types', 0),
        'write `types: [ingress]`',
      )
  }
  for (const [index, type] of (spec.types ?? []).entries()) {
    if (spec.types?.indexOf(type) !== index)
      report.error('bad-policy', `type \`${type}\` is there twice`, place('types', index))
  }
  checkRules(spec.ingress, place('ingress'), report)
  checkRules(spec.egress, place('egress'), report)
}

export function checkRules(rules: Rules, location: Location, report: Report): void {
  for (const [index, rule] of (rules ?? []).entries()) checkRule(rule, at(location, index), report)
}

function checkRule(rule: V1Rule, location: Location, report: Report): void {
  for (const field of ['icmp', 'notICMP'] as const) {
    if (rule[field]?.code !== undefined && rule[field].type === undefined)
      report.error('bad-icmp', 'an ICMP code needs an ICMP type', at(location, field, 'code'), 'add `type`')
  }
  for (const side of ['source', 'destination'] as const) {
    for (const field of ['ports', 'notPorts'] as const) {
      const ports = rule[side]?.[field] ?? []
      const isFine =
        rule.protocol === undefined ? ports.every(port => typeof port === 'string') : hasPorts(rule.protocol)
      if (ports.length > 0 && !isFine) {
        report.error(
          'bad-rule',
          rule.protocol === undefined
            ? 'a rule with port numbers needs a protocol'
            : `protocol \`${rule.protocol}\` has no ports`,
          at(location, side, field),
          'add `protocol: tcp`, `udp` or `sctp` to the rule',
        )
      }
    }
  }
  checkNets(rule, location, report)
}

const NET_FIELDS = ['net', 'nets', 'notNet', 'notNets'] as const

/** Nets of one side with their places, in the order in which the converted rule has them. */
function netsOf(entity: V1Entity | undefined, location: Location): readonly (readonly [ParsedCidr, Location])[] {
  return NET_FIELDS.flatMap(field => {
    const value = entity?.[field]
    if (value === undefined) return []
    return 'cidr' in value
      ? [[value, at(location, field)] as const]
      : value.map((net, index) => [net, at(location, field, index)] as const)
  })
}

function checkNets({ source, destination, ipVersion }: V1Rule, location: Location, report: Report): void {
  const has = (...fields: readonly (typeof NET_FIELDS)[number][]): boolean =>
    fields.some(field => source?.[field] !== undefined || destination?.[field] !== undefined)
  if (has('net', 'notNet') && has('nets', 'notNets')) {
    report.error(
      'bad-rule',
      'a rule has either `net` and `notNet` or `nets` and `notNets`',
      location,
      'write all of them as `nets` and `notNets`',
    )
  }
  const all = [...netsOf(source, at(location, 'source')), ...netsOf(destination, at(location, 'destination'))]
  const wanted = ipVersion ?? all[0]?.[0].cidr.ipVersion
  for (const [{ cidr }, place] of all) {
    if (cidr.ipVersion === wanted) continue
    const message =
      ipVersion === undefined
        ? 'a rule holds nets of one IP version only'
        : `the rule is for IPv${ipVersion}, but this net is IPv${cidr.ipVersion}`
    report.error('bad-rule', message, place, 'split the rule in two')
    return
  }
}

const LINK_LOCAL = ['169.254.0.0/16', 'fe80::/10']

export function checkPool({ metadata, spec }: V1Resource<'ipPool'>, location: Location, report: Report): void {
  const { cidr, hasHostBits } = metadata.cidr
  const place = at(location, 'metadata', 'cidr')
  if (hasHostBits) {
    const meant = `did you mean \`${cidr.address}/${cidr.prefixLength}\`?`
    report.error('host-bits', 'the pool has bits set beyond its prefix length', place, meant)
  }
  if (spec.disabled !== true && cidr.prefixLength > (cidr.ipVersion === 4 ? 26 : 122))
    report.error('bad-net', 'the pool is smaller than a block', place, 'a pool has at least /26 or /122')
  for (const text of LINK_LOCAL) {
    const range = parseNet(text)?.cidr
    if (range !== undefined && (cidrCovers(range, cidr) || cidrCovers(cidr, range)))
      report.error('bad-net', `the pool overlaps with the link-local range \`${text}\``, place)
  }
  if (cidr.ipVersion === 6 && spec.ipip?.enabled === true)
    report.error('bad-value', 'IPIP does not exist for IPv6', at(location, 'spec', 'ipip', 'enabled'))
}

export function checkHostEndpoint({ spec }: V1Resource<'hostEndpoint'>, location: Location, report: Report): void {
  if ((spec.interfaceName ?? '') !== '' || (spec.expectedIPs ?? []).length > 0) return
  report.error(
    'bad-endpoint',
    'no interface and no expected IPs have been specified',
    at(location, 'spec'),
    'set `interfaceName` or `expectedIPs`',
  )
}

export function checkNode({ spec }: V1Resource<'node'>, location: Location, report: Report): void {
  if (spec.bgp === undefined || spec.bgp.ipv4Address !== undefined || spec.bgp.ipv6Address !== undefined) return
  report.error('bad-value', '`bgp` needs `ipv4Address` or `ipv6Address`', at(location, 'spec', 'bgp'))
}
