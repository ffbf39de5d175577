// A rule of the v1 format -> a rule of projectcalico.org/v3.

import { NAMESPACE_LABEL } from '../../calico/labels.ts'
import type { Path } from '../../diagnostics/source.ts'
import { formatCidr, type ParsedCidr } from '../../net/cidr.ts'
import { formatPortRange, type Port } from '../../net/port.ts'
import { type Protocol, V3_PROTOCOL_NAMES } from '../../net/protocol.ts'
import { type Conversion, type Plain, present } from './conversion.ts'
import type { V1Entity, V1Rule } from './schema.ts'

const ACTIONS = { allow: 'Allow', deny: 'Deny', log: 'Log', pass: 'Pass' } as const

export function convertRules(
  rules: readonly V1Rule[] | undefined,
  path: Path,
  conversion: Conversion,
): readonly Plain[] | undefined {
  return rules?.map((rule, index) => convertRule(rule, [...path, index], conversion))
}

function convertRule(rule: V1Rule, path: Path, conversion: Conversion): Plain {
  const { action, ipVersion, protocol, notProtocol, icmp, notICMP, source, destination } = rule
  return present({
    action: ACTIONS[action],
    ipVersion,
    protocol: v3Protocol(protocol),
    notProtocol: v3Protocol(notProtocol),
    icmp: icmp && present(icmp),
    notICMP: notICMP && present(notICMP),
    source: source && convertEntity(source, [...path, 'source'], conversion),
    destination: destination && convertEntity(destination, [...path, 'destination'], conversion),
  })
}

/** Protocols as v3 files spell them. */
export function v3Protocol(protocol: Protocol | undefined): string | number | undefined {
  return V3_PROTOCOL_NAMES.find(name => name.toLowerCase() === protocol) ?? protocol
}

/** A number as such, a range as text, a name as it is. */
export function plainPort(port: Port): string | number {
  if (typeof port === 'string') return port
  return port.first === port.last ? port.first : formatPortRange(port)
}

function convertEntity(entity: V1Entity, path: Path, conversion: Conversion): Plain {
  if (entity.notTag !== undefined && (entity.notSelector ?? '') !== '')
    conversion.note('`notSelector` and `notTag` of one rule exclude only what matches both')
  return present({
    nets: maskedNets('net', 'nets', entity, path, conversion),
    notNets: maskedNets('notNet', 'notNets', entity, path, conversion),
    selector: joinTag('selector', 'tag', entity, path, conversion),
    notSelector: joinTag('notSelector', 'notTag', entity, path, conversion),
    ports: entity.ports?.map(plainPort),
    notPorts: entity.notPorts?.map(plainPort),
  })
}

/** Several nets or one, masked: a rule that has both is refused. */
function maskedNets(
  single: 'net' | 'notNet',
  several: 'nets' | 'notNets',
  entity: V1Entity,
  path: Path,
  conversion: Conversion,
): readonly string[] | undefined {
  const only = entity[single]
  if (only === undefined) return entity[several]?.map(maskedNet)
  conversion.note(`\`${single}\` became \`${several}\``)
  for (const to of [[several], [several, 0]]) conversion.paths.set([...path, ...to], [...path, single])
  return [maskedNet(only)]
}

function maskedNet({ cidr }: ParsedCidr): string {
  return formatCidr(cidr)
}

/** A tag is a label with an empty value since v3. */
function joinTag(
  selectorField: 'selector' | 'notSelector',
  tagField: 'tag' | 'notTag',
  entity: V1Entity,
  path: Path,
  conversion: Conversion,
): string | undefined {
  const tag = entity[tagField]
  const selector = entity[selectorField] === undefined ? undefined : convertSelector(entity[selectorField], conversion)
  if (tag === undefined) return selector
  conversion.note(`tag \`${tag}\` became a label with an empty value`)
  if (selector === undefined) conversion.paths.set([...path, selectorField], [...path, tagField])
  return selector === undefined || selector === '' ? `${tag} == ''` : `(${selector}) && ${tag} == ''`
}

export const OLD_NAMESPACE_LABEL = 'calico/k8s_ns'

/** Every occurrence of the old label of namespaces is replaced, as text. */
export function convertSelector(selector: string, conversion: Conversion): string {
  const converted = selector.replaceAll(OLD_NAMESPACE_LABEL, NAMESPACE_LABEL)
  if (converted !== selector) conversion.rename('label', OLD_NAMESPACE_LABEL, NAMESPACE_LABEL)
  return converted
}
