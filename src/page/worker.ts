// The worker of the page: answers questions one after another. The page stays quick while it thinks.

import { comparePackets } from './engine/compare-packets.ts'
import { createEngine, createEngineMemory, type Engine } from './engine/engine.ts'
import { verdictOf } from './engine/verdict.ts'
import type { Answer, Question } from './protocol.ts'
import type { PageInput } from './view.ts'

/** What a worker's global scope has, as far as it is used here. */
interface WorkerScope {
  onmessage: ((event: { readonly data: Question }) => void) | null
  readonly postMessage: (answer: Answer) => void
}

const scope = globalThis as unknown as WorkerScope
const memory = createEngineMemory()
let engine: Engine | undefined
let shown: PageInput | undefined
let other: { readonly key: string; readonly engine: Engine } | undefined

scope.onmessage = ({ data }) => {
  try {
    scope.postMessage(answer(data))
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    scope.postMessage({ ask: 'bug', id: data.id, message })
  }
}

function answer(question: Question): Answer {
  const { id } = question
  switch (question.ask) {
    case 'view': {
      engine = createEngine(question.input, memory)
      shown = question.input
      return { ask: 'view', id, view: engine.view }
    }
    case 'packet': {
      const packet = engine?.packet(question.fields, question.ipVersion) ?? { messages: ['nothing is compiled yet'] }
      return { ask: 'packet', id, packet }
    }
    case 'met':
      return { ask: 'met', id, chains: engine?.met(question.endpoint) ?? [] }
    case 'words': {
      const { ruleIds, ipVersion } = question
      return { ask: 'words', id, words: ruleIds.flatMap(rule => engine?.words(rule, ipVersion) ?? []) }
    }
    case 'change': {
      const { policy, field, value } = question
      const input = engine?.change(policy, field, value) ?? shown
      if (input === undefined) throw new Error('nothing is compiled yet')
      return { ask: 'change', id, input }
    }
    case 'compare': {
      const { before, after, ipVersion } = question
      const sides = [before, after].map(input => createEngine(input).side(ipVersion))
      return { ask: 'compare', id, comparison: comparePackets(sides[0], sides[1]) }
    }
    case 'verdicts': {
      const found = engineOf(question.input)
      return {
        ask: 'verdicts',
        id,
        view: found.view,
        verdicts: question.packets.map(fields => verdictOf(found, fields)),
      }
    }
  }
}

/** The last other input is kept: a lesson asks about it again and again. */
function engineOf(input: PageInput): Engine {
  const key = JSON.stringify(input)
  if (other?.key !== key) other = { key, engine: createEngine(input) }
  return other.engine
}
