// The page's end of the line to its worker. Of several questions of one sort only the newest is answered; while the worker
// thinks, older ones that it has not begun are dropped.

import type { Answer, Ask, Exchanges, Question } from '../protocol.ts'

/** Undefined: a newer question of the sort has overtaken this one, or the engine broke. */
type Asking<A extends Ask> = (asked: Exchanges[A]['question']) => Promise<Exchanges[A]['answer'] | undefined>

export type Client = { readonly [A in Ask]: Asking<A> }

interface Waiting {
  readonly question: Question
  readonly resolve: (answer: Answer | undefined) => void
}

type AskLine = (question: Question) => Promise<Answer | undefined>

/** Address of what a worker runs, as soon as it is unpacked. */
async function workerUrl(): Promise<string> {
  const find = (): string | undefined => document.querySelector('script#worker')?.textContent ?? undefined
  const text = find() ?? (await new Promise(unpacked => addEventListener('unpacked', unpacked, { once: true })), find())
  return URL.createObjectURL(new Blob([text ?? ''], { type: 'text/javascript' }))
}

/** One worker and what waits for it. */
function openLine(url: Promise<string>, onBug: (message: string) => void): AskLine {
  let worker: Worker | undefined
  const queue = new Map<Ask, Waiting>()
  let current: Waiting | undefined
  const next = (): void => {
    const [first] = queue
    if (worker === undefined || current !== undefined || first === undefined) return
    const [ask, waiting] = first
    queue.delete(ask)
    current = waiting
    worker.postMessage(waiting.question)
  }
  const onAnswer = ({ data }: MessageEvent<Answer>): void => {
    const done = current
    current = undefined
    if (data.ask === 'bug') {
      onBug(data.message)
      done?.resolve(undefined)
    } else done?.resolve(data)
    next()
  }
  void url.then(found => {
    worker = new Worker(found)
    worker.onmessage = onAnswer
    next()
  })
  return question =>
    new Promise(resolve => {
      queue.get(question.ask)?.resolve(undefined)
      queue.set(question.ask, { question, resolve })
      next()
    })
}

export function createClient(onBug: (message: string) => void): Client {
  const url = workerUrl()
  const ask = openLine(url, onBug)
  let second: AskLine | undefined
  // Comparing may take seconds: what one types is compiled meanwhile.
  const askAside: AskLine = question => (second ??= openLine(url, onBug))(question)
  let count = 0
  const asking =
    <A extends Ask>(sort: A, line = ask): Asking<A> =>
    async asked => {
      const answer = await line({ ask: sort, id: ++count, ...asked } as unknown as Question)
      return answer?.ask === sort ? (answer as unknown as Exchanges[A]['answer']) : undefined
    }
  return {
    view: asking('view'),
    packet: asking('packet'),
    met: asking('met'),
    words: asking('words'),
    change: asking('change'),
    compare: asking('compare', askAside),
    verdicts: asking('verdicts'),
  }
}
