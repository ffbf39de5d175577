// One target as Felix writes it.

import { assertNever } from '../../text/assert-never.ts'
import type { Target } from '../../model/ruleset.ts'
import { hexMark } from '../../netfilter/numbers.ts'

export function printTarget(target: Target): string {
  switch (target.kind) {
    case 'jump':
      return `--jump ${target.chain}`
    case 'goto':
      return `--goto ${target.chain}`
    case 'accept':
      return '--jump ACCEPT'
    case 'drop':
      return '--jump DROP'
    case 'return':
      return '--jump RETURN'
    case 'notrack':
      return '--jump NOTRACK'
    case 'reject':
      // Felix writes the connection limit's answer with the short option.
      return target.with === undefined ? '--jump REJECT' : `-j REJECT --reject-with ${target.with}`
    case 'log':
      return `--jump LOG --log-prefix "${target.prefix}" --log-level ${target.level}`
    case 'setMark':
      return `--jump MARK --set-mark ${hexMark(target.value)}/${hexMark(target.mask)}`
    case 'clearMark':
      return `--jump MARK --set-mark 0/${hexMark(target.mask)}`
    case 'xorMark':
      return `--jump MARK --set-xmark ${hexMark(target.value)}/${hexMark(target.mask)}`
    case 'dnat':
      return `--jump DNAT --to-destination ${target.to.written}`
    case 'snat':
      return `--jump SNAT --to-source ${target.to.written}${randomly(target.randomFully)}`
    case 'masquerade': {
      const ports = target.ports === undefined ? '' : ` --to-ports ${target.ports.first}-${target.ports.last}`
      return `--jump MASQUERADE${ports}${randomly(target.randomFully)}`
    }
    case 'nflog':
      return `--jump NFLOG --nflog-group ${target.group} --nflog-prefix ${target.prefix} --nflog-${target.asRange === true ? 'range' : 'size'} ${target.size}`
    case 'dscp':
      return `--jump DSCP --set-dscp ${target.value}`
    case 'unknown':
      return target.text
    default:
      return assertNever(target)
  }
}

function randomly(randomFully: boolean): string {
  return randomFully ? ' --random-fully' : ''
}
