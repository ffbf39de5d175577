// What a piece of code costs, so that tests can say how it grows: never the time on the wall, which others use up as well.

function processorTime(run: () => unknown): number {
  const before = process.cpuUsage()
  run()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

/** A busy machine makes processors slower as well, and the first runs warm the engine up: what is linear is so in one of these. */
const MOST_ROUNDS = 12

/**
 * Runs both in turns until the smallest times, in milliseconds of the processor, are `isEnough`, or often enough to say that they are not.
 * For what the engine does in one step, as an expression or a copy; `countWork` counts everything else.
 */
export function compareTimes(
  short: () => unknown,
  long: () => unknown,
  isEnough: (short: number, long: number) => boolean,
): { readonly isEnough: boolean; readonly text: string } {
  // Not the first: it would be taken for what the short one needs.
  const times = { short: Math.min(...[1, 2, 3].map(() => processorTime(short))), long: Infinity }
  for (let round = 0; round < MOST_ROUNDS; round++) {
    times.long = Math.min(times.long, processorTime(long))
    times.short = Math.min(times.short, processorTime(short))
    if (isEnough(times.short, times.long)) break
  }
  const text = `${times.short.toFixed(1)} ms, then ${times.long.toFixed(1)} ms`
  return { isEnough: isEnough(times.short, times.long), text }
}

/** Wide: whatever takes a minute of processor time hangs. */
const HANG_MS = 60_000

/** Runs something that must not hang. */
export function hangGuard(run: () => unknown): { readonly isFine: boolean; readonly text: string } {
  const took = Math.round(processorTime(run))
  return { isFine: took < HANG_MS, text: `${took} ms of processor time` }
}
