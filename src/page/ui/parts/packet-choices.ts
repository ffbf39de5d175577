// What a packet can be chosen from: its parties, and packets to try.

import type { EndpointView, Model, PacketFields } from '../../view.ts'

/** An address of nobody in the cluster. */
const OUTSIDE = '198.51.100.7'

function podsOf(model: Model | undefined): readonly EndpointView[] {
  return model?.endpoints.filter(({ kind, addresses }) => kind === 'pod' && addresses.length > 0) ?? []
}

/** Who a packet may be from or to: the node, somebody outside, pods. */
export function parties(model: Model | undefined): readonly string[] {
  return [
    'host',
    OUTSIDE,
    ...podsOf(model)
      .slice(0, 300)
      .map(({ id }) => id),
  ]
}

interface Preset {
  readonly title: string
  readonly fields: PacketFields
}

/** Packets to try on any node, as far as it has pods for them. */
export function presets(model: Model | undefined): readonly Preset[] {
  const pods = podsOf(model)
  const here = pods.find(({ isHere }) => isHere)
  const other = pods.find(({ id }) => id !== here?.id)
  const found: Preset[] = []
  if (here !== undefined && other !== undefined)
    found.push({ title: 'pod to pod', fields: { from: other.id, to: here.id, proto: 'tcp', dport: '80' } })
  if (here !== undefined) {
    found.push({
      title: 'outside to a node port',
      fields: { from: OUTSIDE, to: 'host', proto: 'tcp', dport: '30080', dnat: `${here.id}:80` },
    })
    found.push({ title: 'pod to outside', fields: { from: here.id, to: OUTSIDE, proto: 'tcp', dport: '443' } })
    found.push({
      title: 'a reply',
      fields: { from: OUTSIDE, to: here.id, proto: 'tcp', dport: '40000', sport: '443', state: 'established' },
    })
  }
  found.push({ title: 'SSH to the node', fields: { from: OUTSIDE, to: 'host', proto: 'tcp', dport: '22' } })
  found.push({ title: 'ping the node', fields: { from: OUTSIDE, to: 'host', proto: 'icmp' } })
  return found
}
