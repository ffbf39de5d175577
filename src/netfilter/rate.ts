// Rates of `-m limit`: how iptables prints them, and which of them the kernel's counter can hold.

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

function unitOf(written: string): (typeof UNITS)[number] | undefined {
  return UNITS.find(([name]) => written !== '' && name.startsWith(written))
}

/** The rate in the largest unit that shows it (libxt_limit.c: print_rate); as it is where it cannot be read. */
export function kernelRate(rate: string): string {
  const [count = '', written = ''] = rate.split('/')
  const unit = unitOf(written)
  if (unit === undefined || !/^[0-9]+$/.test(count)) return rate
  const period = Math.floor((SCALE * unit[1]) / Number(count))
  if (period === 0) return rate
  const next = UNITS.findIndex(([, seconds], index) => {
    const ticks = seconds * SCALE
    return index > 0 && (period > ticks || Math.floor(ticks / period) < ticks % period)
  })
  const [name, seconds] = UNITS[next < 0 ? UNITS.length - 1 : next - 1] ?? unit
  return `${Math.floor((seconds * SCALE) / period)}/${name}`
}

/** The kernel's own arithmetic in 32 bits (net/netfilter/xt_limit.c: limit_mt_check); the same for the usual timer rates. */
export function rateOverflows(rate: string, burst: number): boolean {
  const [count = '', written = ''] = rate.split('/')
  const creditsPerSecond = 32_000
  const average = Math.floor((SCALE * (unitOf(written)?.[1] ?? Number.NaN)) / Number(count))
  const credits = (user: number): number =>
    user > Math.floor(0xffffffff / creditsPerSecond)
      ? (Math.floor(user / SCALE) * creditsPerSecond) % 2 ** 32
      : Math.floor((user * creditsPerSecond) / SCALE)
  return credits((average * burst) % 2 ** 32) < credits(average)
}
