// What a piece of code costs, so that tests can say how it grows: never the time on the wall, which others use up as well.

/** Processor time of the cheapest of three runs, in milliseconds. */
export function cpuTime(run: () => unknown): number {
  const times = Array.from({ length: 3 }, () => {
    const before = process.cpuUsage()
    run()
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1000
  })
  return Math.min(...times)
}

/** Wide: whatever takes a minute of processor time hangs. */
const HANG_MS = 60_000

/** Runs something that must not hang. */
export function hangGuard(run: () => unknown): { readonly isFine: boolean; readonly text: string } {
  const before = process.cpuUsage()
  run()
  const { user, system } = process.cpuUsage(before)
  const took = Math.round((user + system) / 1000)
  return { isFine: took < HANG_MS, text: `${took} ms of processor time` }
}
