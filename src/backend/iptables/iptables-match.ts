// One match as Felix writes it.

import type { Match, Side } from '../../model/ruleset.ts'
import { formatPortRange } from '../../net/port.ts'
import { hexMark } from './mark.ts'

export function printMatch(match: Match): string {
  switch (match.kind) {
    case 'mark':
      return `-m mark ${not(match.negated)}--mark ${hexMark(match.value)}/${hexMark(match.mask)}`
    case 'markClear':
      return `-m mark ${not(match.negated)}--mark 0/${hexMark(match.mask)}`
    case 'inInterface':
      return `--in-interface ${match.name}`
    case 'outInterface':
      return `--out-interface ${match.name}`
    case 'notInInterface':
      return `! --in-interface ${match.name}`
    case 'notOutInterface':
      return `! --out-interface ${match.name}`
    case 'reversePathFails':
      return '-m rpfilter --invert --validmark'
    case 'addressType': {
      const limit = match.limitToOutInterface ? ' --limit-iface-out' : ''
      return `-m addrtype ${not(match.negated)}--${match.side}-type ${match.type}${limit}`
    }
    case 'conntrackState':
      return `-m conntrack ${not(match.negated)}--ctstate ${match.states.join(',')}`
    case 'protocol':
      return `${not(match.negated)}-p ${match.protocol}`
    case 'net':
      return `${not(match.negated)}--${match.side} ${match.address}`
    case 'ipSet':
      return `-m set ${not(match.negated)}--match-set ${match.set} ${setFlags(match.side, match.withPort)}`
    case 'ports':
      return `-m multiport ${not(match.negated)}--${match.side}-ports ${match.ranges.map(formatPortRange).join(',')}`
    case 'destinationPort':
      return `--dport ${match.port}`
    case 'icmp': {
      const [module, option] = match.ipVersion === 4 ? ['icmp', 'icmp-type'] : ['icmp6', 'icmpv6-type']
      const code = match.code === undefined ? '' : `/${match.code}`
      return `-m ${module} ${not(match.negated)}--${option} ${match.type}${code}`
    }
    case 'limit':
      return match.burst === 0
        ? `-m limit --limit ${match.rate}`
        : `-m limit --limit ${match.rate} --limit-burst ${match.burst}`
    case 'tcpFlags':
      return `-m tcp --tcp-flags ${match.mask.join(',')} ${match.flags.join(',')}`
    case 'connectionLimit':
      return `-m connlimit --connlimit-above ${match.above} --connlimit-mask ${match.mask}`
    case 'unknown':
      return match.text
  }
}

function not(negated: boolean): string {
  return negated ? '! ' : ''
}

/** One flag for the address, and one more for the port of an (IP, port) set. */
function setFlags(side: Side, withPort: boolean): string {
  const flag = side === 'source' ? 'src' : 'dst'
  return withPort ? `${flag},${flag}` : flag
}
