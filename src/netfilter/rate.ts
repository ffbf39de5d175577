// Rates of `-m limit`: how iptables prints them, and which of them the kernel's counter can hold.

import type { Rate } from '../model/rule-values.ts'

/** Largest unit first. */
const UNITS = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const

/** Ticks of a second in which the option counts (linux/netfilter/xt_limit.h: XT_LIMIT_SCALE). */
const SCALE = 10_000

/** Largest burst that the option takes, and the one that holds when the option is left out (libxt_limit.c). */
export const MAX_BURST = 10_000
export const DEFAULT_BURST = 5

/** `10/second`; a unit may be cut short. Undefined for anything else. */
export function readRate(written: string): Rate | undefined {
  const [, count = '', cut = ''] = /^([1-9][0-9]*)\/([a-z]+)$/.exec(written) ?? []
  const unit = UNITS.find(([name]) => cut !== '' && name.startsWith(cut))?.[0]
  return unit === undefined ? undefined : { count: Number(count), unit, written }
}

/** As Felix writes the limit of an endpoint. */
export function perSecondRate(count: number): Rate {
  return { count, unit: 'second', written: `${count}/sec` }
}

function secondsOf(unit: Rate['unit']): number {
  return UNITS.find(([name]) => name === unit)?.[1] ?? 1
}

/** The rate in the largest unit that shows it (libxt_limit.c: print_rate); as it is where the kernel would take it for none. */
export function kernelRate(rate: Rate): Rate {
  const period = Math.floor((SCALE * secondsOf(rate.unit)) / rate.count)
  if (period === 0) return rate
  const next = UNITS.findIndex(([, seconds], index) => {
    const ticks = seconds * SCALE
    return index > 0 && (period > ticks || Math.floor(ticks / period) < ticks % period)
  })
  const [unit, seconds] = UNITS[next < 0 ? UNITS.length - 1 : next - 1] ?? UNITS[0]
  const count = Math.floor((seconds * SCALE) / period)
  return { count, unit, written: `${count}/${unit}` }
}

/** The kernel's own arithmetic in 32 bits (net/netfilter/xt_limit.c: limit_mt_check); the same for the usual timer rates. */
export function rateOverflows({ count, unit }: Rate, burst: number): boolean {
  const creditsPerSecond = 32_000
  const average = Math.floor((SCALE * secondsOf(unit)) / count)
  const credits = (user: number): number =>
    user > Math.floor(0xffffffff / creditsPerSecond)
      ? (Math.floor(user / SCALE) * creditsPerSecond) % 2 ** 32
      : Math.floor((user * creditsPerSecond) / SCALE)
  return credits((average * burst) % 2 ** 32) < credits(average)
}
