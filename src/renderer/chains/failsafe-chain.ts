// Ports that stay open whatever policy says, for host endpoints.
//
//   -A cali-failsafe-in -p tcp -m multiport --destination-ports 22 --source 10.0.0.1/32 --jump ACCEPT

import { FAILSAFE_IN, FAILSAFE_OUT } from '../../calico/chains.ts'
import type { FelixField } from '../../calico/felix-config.ts'
import type { FailsafePort } from '../../calico/felix-parameters.ts'
import type { Chain, Match, Rule, Side } from '../../model/ruleset.ts'
import { bySetting, type RenderContext } from '../context.ts'

/** Raw has no connections, so there the answers of the other direction's ports get rules of their own. */
export function renderFailsafeChains(table: 'raw' | 'mangle' | 'filter', context: RenderContext): readonly Chain[] {
  const inbound = 'failsafeInboundHostPorts'
  const outbound = 'failsafeOutboundHostPorts'
  const answersTo = (field: typeof inbound | typeof outbound, netSide: Side): readonly Rule[] =>
    table === 'raw' ? portRules(field, 'source', netSide, context) : []
  return [
    {
      name: FAILSAFE_IN,
      rules: [...portRules(inbound, 'destination', 'source', context), ...answersTo(outbound, 'source')],
      origin: bySetting(context, inbound, 'fail-safe ports for packets that come in'),
    },
    {
      name: FAILSAFE_OUT,
      rules: [...portRules(outbound, 'destination', 'destination', context), ...answersTo(inbound, 'destination')],
      origin: bySetting(context, outbound, 'fail-safe ports for packets that go out'),
    },
  ]
}

function portRules(
  field: FelixField & ('failsafeInboundHostPorts' | 'failsafeOutboundHostPorts'),
  portSide: Side,
  netSide: Side,
  context: RenderContext,
): readonly Rule[] {
  const isOfVersion = ({ net }: FailsafePort): boolean => net === undefined || net.ipVersion === context.ipVersion
  return context.config[field].filter(isOfVersion).map(({ protocol, port, net }) => {
    const matches: readonly Match[] = [
      { kind: 'protocol', protocol, negated: false },
      { kind: 'ports', side: portSide, ranges: [{ first: port, last: port }], negated: false },
      ...(net === undefined ? [] : [{ kind: 'net', side: netSide, nets: [net], negated: false } as const]),
    ]
    return {
      comments: [],
      matches,
      target: { kind: 'accept' },
      origin: bySetting(context, field, `${protocol} port ${port} is a fail-safe port`),
    }
  })
}
