// Fields of a rule that contradict each other.

import type { Path } from '../../diagnostics/source.ts'
import { hasPorts } from '../../net/protocol.ts'
import type { RuleNet } from '../network-fields.ts'
import { checkAnnotations } from './check-metadata.ts'
import type { Checker } from './checker.ts'
import type { V3Entity, V3Rule } from './rule-schema.ts'

export type Direction = 'ingress' | 'egress'

const SIDES = ['source', 'destination'] as const

/** Also for the rules of profiles, which have no direction of their own. */
export function checkRule(rule: V3Rule, path: Path, checker: Checker): void {
  checkPorts(rule, path, checker)
  checkIcmp(rule, path, checker)
  checkNets(rule, path, checker)
  checkHttp(rule, path, checker)
  for (const side of SIDES) {
    const entity = rule[side]
    if (entity === undefined) continue
    checkGlobal(entity, [...path, side], checker)
    checkServices(entity, side, [...path, side], checker)
    checkAccounts(entity, [...path, side], checker)
  }
  checkAnnotations(rule.metadata?.annotations, [...path, 'metadata', 'annotations'], checker)
}

function checkPorts({ protocol, ...rule }: V3Rule, path: Path, checker: Checker): void {
  const needsProtocol = checker.release.portNamesNeedProtocol && !checker.isStored
  if (checker.isBroken(...path, 'protocol') || (protocol !== undefined && hasPorts(protocol))) return
  for (const side of SIDES) {
    for (const field of ['ports', 'notPorts'] as const) {
      const ports = rule[side]?.[field] ?? []
      // Without a protocol, a name still says which: that of the port it names. What cannot be read was meant for a number.
      const index = ports.findIndex(port => protocol !== undefined || needsProtocol || typeof port !== 'string')
      if (index < 0) continue
      const place = { path: [...path, side, field], entry: index }
      if (protocol === undefined)
        checker.error('bad-rule', place, 'ports need a protocol', 'add `protocol: TCP` (or UDP, SCTP) to the rule')
      else checker.error('bad-rule', place, 'this protocol has no ports', 'only TCP, UDP and SCTP have ports')
    }
  }
}

function checkIcmp({ protocol, notProtocol, ipVersion, icmp, notICMP }: V3Rule, path: Path, checker: Checker): void {
  const { error } = checker
  const isIcmp = protocol === 'icmp' || protocol === 'icmpv6'
  if (icmp !== undefined && !isIcmp && !checker.isBroken(...path, 'protocol'))
    error('bad-icmp', [...path, 'icmp'], '`icmp` needs the protocol ICMP or ICMPv6, by name', 'write `protocol: ICMP`')
  for (const [name, match] of [['icmp', icmp] as const, ['notICMP', notICMP] as const]) {
    if (match?.code !== undefined && match.type === undefined && !checker.isBroken(...path, name, 'type'))
      error('bad-icmp', [...path, name, 'code'], 'an ICMP code needs a type', 'add `type`')
  }
  for (const [name, version] of [['icmp', 4] as const, ['icmpv6', 6] as const]) {
    if ((protocol === name || notProtocol === name) && ipVersion !== undefined && ipVersion !== version)
      error('bad-rule', [...path, 'ipVersion'], `${name === 'icmp' ? 'ICMP' : 'ICMPv6'} is IPv${version}`)
  }
}

/** Nets are CIDRs of one IP version, that of the rule if it names one. */
function checkNets(rule: V3Rule, path: Path, checker: Checker): void {
  const { ipVersion } = rule
  let seen: 4 | 6 | undefined
  for (const side of SIDES) {
    for (const field of ['nets', 'notNets'] as const) {
      const listPath = [...path, side, field]
      const nets: readonly (RuleNet | undefined)[] = rule[side]?.[field] ?? []
      let isToldVersion = false
      let isToldMixed = false
      for (const [index, net] of nets.entries()) {
        if (net === undefined) continue
        const place = { path: listPath, entry: index }
        const { written = '', cidr } = net
        if (!written.includes('/')) {
          reportBare(written, place, checker)
          continue
        }
        const isRefused = field === 'notNets' && checker.release.dropsExcludedEverything
        if (isRefused && (written === '0.0.0.0/0' || (cidr.ipVersion === 6 && cidr.prefixLength === 0)))
          checker.error(
            'bad-net',
            place,
            `without \`${written}\` nothing is left to match`,
            'remove it: the rule can never match',
          )
        if (ipVersion !== undefined && cidr.ipVersion !== ipVersion && !isToldVersion) {
          isToldVersion = true
          checker.error(
            'bad-rule',
            place,
            `\`${written}\` is IPv${cidr.ipVersion}, but the rule has \`ipVersion: ${ipVersion}\``,
          )
        }
        seen ??= cidr.ipVersion
        if (cidr.ipVersion !== seen && !isToldMixed) {
          isToldMixed = true
          checker.error('bad-rule', place, 'the rule has both IPv4 and IPv6 nets', 'split it into two rules')
        }
      }
    }
  }
}

function reportBare(written: string, place: { readonly path: Path; readonly entry: number }, checker: Checker): void {
  const text = `${written}/${written.includes(':') ? 128 : 32}`
  checker.error('bad-net', place, `\`${written}\` has no prefix length`, {
    help: `write \`${text}\``,
    fix: { title: `write \`${text}\``, edits: [{ place: checker.locate(place), text }] },
  })
}

function checkHttp({ action, protocol, http }: V3Rule, path: Path, { error: report, warn, isBroken }: Checker): void {
  if (http === undefined) return
  let isSound = action === 'Allow'
  const error: Checker['error'] = (...mistake) => {
    isSound = false
    report(...mistake)
  }
  if (protocol !== undefined && protocol !== 'tcp')
    error('bad-rule', [...path, 'protocol'], 'a rule with `http` has the protocol TCP, by name, or none')
  if (action !== 'Allow' && !isBroken(...path, 'action'))
    error('bad-rule', [...path, 'http'], '`http` is allowed in Allow rules only')
  const methods = http.methods ?? []
  const repeated = methods.findIndex((method, index) => methods.indexOf(method) !== index)
  if (repeated >= 0)
    error(
      'bad-rule',
      { path: [...path, 'http', 'methods'], entry: repeated },
      `the method \`${methods[repeated]}\` is given more than once`,
    )
  for (const [index, value] of (http.paths ?? []).entries()) {
    if (value === undefined || isBroken(...path, 'http', 'paths', index)) continue
    const place = [...path, 'http', 'paths', index]
    const exact = value.exact ?? ''
    const prefix = value.prefix ?? ''
    const written = exact === '' ? prefix : exact
    if (exact !== '' && prefix !== '') error('bad-rule', place, 'a path has either `exact` or `prefix`, not both')
    else if (written === '') error('bad-rule', place, 'a path needs `exact` or `prefix`')
    else if (!written.startsWith('/') || /[?# ]/.test(written))
      error('bad-value', place, `\`${written}\` is not a path`, 'a path starts with `/` and has no `?`, `#` or blank')
  }
  if (isSound && methods.length + (http.paths ?? []).length > 0)
    warn(
      'unsupported-field',
      [...path, 'http'],
      'rules of iptables do not look into HTTP: they allow all that fits the rest of the rule',
      'methods and paths count only where Envoy enforces policy (`applicationLayer`)',
    )
}

function checkGlobal(
  { selector = '', namespaceSelector = '' }: V3Entity,
  path: Path,
  { error, release }: Checker,
): void {
  if (selector.includes('global()')) {
    error(
      'bad-rule',
      [...path, 'selector'],
      '`global()` has a meaning only in a namespaceSelector',
      'write `namespaceSelector: global()`',
    )
  }
  const isAlone = /^[ \t]*global\([ \t]*\)[ \t]*$/.test(namespaceSelector)
  const isCombined = release.refusesNegatedGlobal ? !isAlone : /&&|\|\|/.test(namespaceSelector)
  if (namespaceSelector.includes('global(') && isCombined)
    error('bad-rule', [...path, 'namespaceSelector'], '`global()` cannot be combined with other selectors')
}

/** Calico takes any text, puts it between quotes of a selector, and leaves out a list that then is none. */
function checkAccounts({ serviceAccounts }: V3Entity, path: Path, { error }: Checker): void {
  for (const [entry, name = ''] of (serviceAccounts?.names ?? []).entries()) {
    if (/['"]/.test(name))
      error(
        'unsupported-field',
        { path: [...path, 'serviceAccounts', 'names'], entry },
        `\`${name}\` is not the name of a service account: where Calico cannot read the list, the rule is for anybody`,
        'write each name as an item of its own, without more quotes',
      )
  }
}

/** A service brings its own addresses and ports. */
function checkServices(entity: V3Entity, side: (typeof SIDES)[number], path: Path, checker: Checker): void {
  const { services, ports, notPorts, selector, notSelector, namespaceSelector, serviceAccounts, nets, notNets } = entity
  if (services === undefined) return
  const { error } = checker
  const place = [...path, 'services']
  const help = 'a service brings its own addresses and ports'
  if ((services.name ?? '') === '' && !checker.isBroken(...place, 'name'))
    error('bad-rule', place, 'the name of the service is missing', 'add `name`')
  if ((namespaceSelector ?? '') !== '')
    error('bad-rule', place, '`services` and `namespaceSelector` exclude each other', help)
  if ((selector ?? '') !== '' || (notSelector ?? '') !== '')
    error('bad-rule', place, '`services` and selectors exclude each other', help)
  if (serviceAccounts !== undefined)
    error('bad-rule', place, '`services` and `serviceAccounts` exclude each other', help)
  if ((nets ?? []).length + (notNets ?? []).length > 0)
    error('bad-rule', place, '`services` and nets exclude each other', help)
  if (side !== 'destination') return
  if ((ports ?? []).length > 0) error('bad-rule', [...path, 'ports'], 'a service takes no `ports`', help)
  if ((notPorts ?? []).length > 0) error('bad-rule', [...path, 'notPorts'], 'a service takes no `notPorts`', help)
}
