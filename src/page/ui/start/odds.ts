// Likelihood as the model of a text counts it: tables and counters of whole numbers, the same in every browser.

/** Of 4096, how likely that is whose odds have the logarithm -8, -7.5 … 8. */
const LOGISTIC = [
  ...[1, 2, 3, 6, 10, 16, 27, 45, 73, 120, 194, 310, 488, 747, 1101, 1546, 2047],
  ...[2549, 2994, 3348, 3607, 3785, 3901, 3975, 4024, 4050, 4068, 4079, 4085, 4089, 4092, 4093, 4094],
]

/** Even odds: where 0 stands in `LIKELIHOOD`. */
export const EVEN = 2048

/** From the logarithm of odds, in 1/256, to how likely that is, of 4096. */
export const LIKELIHOOD = Int32Array.from({ length: 2 * EVEN }, (_, index) => {
  const step = index >> 7
  const rest = index & 127
  return ((LOGISTIC[step] ?? 0) * (128 - rest) + (LOGISTIC[step + 1] ?? 0) * rest + 64) >> 7
})

/** And back. */
export const ODDS = new Int32Array(4096).fill(EVEN - 1)
for (let odds = 1 - EVEN, from = 0; odds < EVEN; odds++)
  for (const to = LIKELIHOOD[odds + EVEN] as number; from <= to; from++) ODDS[from] = odds

/** A counter holds in 22 bits how likely a 1 is, and in 10 how often it was asked: this one never. */
export const UNSEEN = 2 ** 31

/** From so many times on, the last counts no less than those before it. */
const SEEN_ENOUGH = 20

const RATES = Float64Array.from({ length: SEEN_ENOUGH + 1 }, (_, seen) => 1 / (seen + 1.5))

/** Tells a counter what came. */
export function count(counters: Uint32Array, at: number, bit: number): void {
  const counter = counters[at] as number
  const seen = counter & 1023
  const likelihood = counter >>> 10
  const fresh = likelihood + ((((bit << 22) - likelihood) * (RATES[seen] as number)) | 0)
  counters[at] = (fresh << 10) | Math.min(seen + 1, SEEN_ENOUGH)
}

/** What a counter says. */
export function oddsOf(counters: Uint32Array, at: number): number {
  return ODDS[(counters[at] as number) >>> 20] as number
}
