// The page's end of the line to its worker. Of several questions of one sort only the newest is answered; while the worker
// thinks, older ones that it has not begun are dropped.

import type { Answer, Question, VerdictView } from '../protocol.ts'
import type {
  ComparisonView,
  IpVersion,
  MetView,
  PacketFailure,
  PacketFields,
  PacketView,
  PageInput,
  PageView,
  RuleWords,
} from '../view.ts'

export interface Client {
  /** Undefined: a newer question has overtaken this one, or the engine broke. */
  readonly view: (input: PageInput) => Promise<PageView | undefined>
  readonly packet: (fields: PacketFields, ipVersion: IpVersion) => Promise<PacketView | PacketFailure | undefined>
  readonly met: (endpoint: string) => Promise<readonly MetView[] | undefined>
  readonly words: (ruleIds: readonly string[], ipVersion: IpVersion) => Promise<readonly RuleWords[] | undefined>
  readonly change: (
    policy: string,
    field: string,
    value: string | number | boolean | undefined,
  ) => Promise<PageInput | undefined>
  readonly compare: (before: PageInput, after: PageInput, ipVersion: IpVersion) => Promise<ComparisonView | undefined>
  readonly verdicts: (
    input: PageInput,
    packets: readonly PacketFields[],
  ) => Promise<{ readonly view: PageView; readonly verdicts: readonly VerdictView[] } | undefined>
}

type Ask = Question['ask']

interface Waiting {
  readonly question: Question
  readonly resolve: (answer: Answer | undefined) => void
}

type AskLine = (question: Question) => Promise<Answer | undefined>

/** One worker and what waits for it. */
function openLine(url: string, onBug: (message: string) => void): AskLine {
  const worker = new Worker(url)
  const queue = new Map<Ask, Waiting>()
  let current: Waiting | undefined
  const next = (): void => {
    const [first] = queue
    if (current !== undefined || first === undefined) return
    const [ask, waiting] = first
    queue.delete(ask)
    current = waiting
    worker.postMessage(waiting.question)
  }
  worker.onmessage = ({ data }: MessageEvent<Answer>) => {
    const done = current
    current = undefined
    if (data.ask === 'bug') {
      onBug(data.message)
      done?.resolve(undefined)
    } else done?.resolve(data)
    next()
  }
  return question =>
    new Promise(resolve => {
      queue.get(question.ask)?.resolve(undefined)
      queue.set(question.ask, { question, resolve })
      next()
    })
}

export function createClient(onBug: (message: string) => void): Client {
  const text = document.querySelector('script#worker')?.textContent ?? ''
  const url = URL.createObjectURL(new Blob([text], { type: 'text/javascript' }))
  const ask = openLine(url, onBug)
  let second: AskLine | undefined
  // Comparing may take seconds: what one types is compiled meanwhile.
  const askAside: AskLine = question => (second ??= openLine(url, onBug))(question)
  let count = 0
  const number = (): number => ++count
  return {
    view: async input => {
      const answer = await ask({ ask: 'view', id: number(), input })
      return answer?.ask === 'view' ? answer.view : undefined
    },
    packet: async (fields, ipVersion) => {
      const answer = await ask({ ask: 'packet', id: number(), fields, ipVersion })
      return answer?.ask === 'packet' ? answer.packet : undefined
    },
    met: async endpoint => {
      const answer = await ask({ ask: 'met', id: number(), endpoint })
      return answer?.ask === 'met' ? answer.chains : undefined
    },
    words: async (ruleIds, ipVersion) => {
      const answer = await ask({ ask: 'words', id: number(), ruleIds, ipVersion })
      return answer?.ask === 'words' ? answer.words : undefined
    },
    change: async (policy, field, value) => {
      const answer = await ask({ ask: 'change', id: number(), policy, field, value })
      return answer?.ask === 'change' ? answer.input : undefined
    },
    verdicts: async (input, packets) => {
      const answer = await ask({ ask: 'verdicts', id: number(), input, packets })
      return answer?.ask === 'verdicts' ? answer : undefined
    },
    compare: async (before, after, ipVersion) => {
      const answer = await askAside({ ask: 'compare', id: number(), before, after, ipVersion })
      return answer?.ask === 'compare' ? answer.comparison : undefined
    },
  }
}
