// How much a piece of code does, counted and not timed: the same number on every machine, however busy it is. Import it first: what
// ran before is not counted, as the engine puts its counters into code that it has not compiled yet.

import { Session } from 'node:inspector'

interface Coverage {
  readonly result: readonly {
    readonly functions: readonly { readonly ranges: readonly { readonly count: number }[] }[]
  }[]
}

/** Methods that look at a whole list in one call, which a count of statements does not see. */
const WHOLE = [
  ...['includes', 'indexOf', 'lastIndexOf', 'concat', 'slice', 'splice', 'shift', 'unshift', 'join', 'reverse'],
  ...['sort', 'toSorted', 'fill'],
] as const

const session = new Session()
session.connect()

function post(method: string, parameters?: object): unknown {
  let answer: unknown
  session.post(method, parameters, (error, result: unknown) => {
    if (error !== null) throw new Error(`${method}: ${error.message}`)
    answer = result
  })
  return answer
}

post('Profiler.enable')
post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })

/** Blocks entered since the last call. */
function takeBlocks(): number {
  const { result } = post('Profiler.takePreciseCoverage') as Coverage
  return result
    .flatMap(({ functions }) => functions.flatMap(({ ranges }) => ranges))
    .reduce((sum, { count }) => sum + count, 0)
}

/** Counts until what it gives is called, which says how much it was. */
function startCounting(): () => number {
  const methods = Array.prototype as unknown as Record<string, (...args: readonly unknown[]) => unknown>
  const real = WHOLE.map(name => [name, methods[name]] as const)
  let items = 0
  for (const [name, method] of real) {
    methods[name] = function (this: readonly unknown[], ...args) {
      const result = method?.apply(this, [...args])
      // What is cut out of a list costs no more than the piece.
      items += name === 'slice' ? (result as readonly unknown[]).length : this.length
      return result
    }
  }
  takeBlocks()
  return () => {
    Object.assign(methods, Object.fromEntries(real))
    return items + takeBlocks()
  }
}

/** How often blocks of code are entered while `run` runs, and the items that methods of lists look at. `run` is called once. */
export function countWork(run: () => unknown): number {
  const end = startCounting()
  let work = 0
  try {
    run()
  } finally {
    work = end()
  }
  return work
}

/** The same of something that is waited for; nothing else may run beside it. */
export async function countWorkOf(run: () => Promise<unknown>): Promise<number> {
  const end = startCounting()
  let work = 0
  try {
    await run()
  } finally {
    work = end()
  }
  return work
}
