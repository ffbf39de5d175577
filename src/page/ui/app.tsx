// The page as a whole: what is on it, and where. Everything in it is a function of the state.

import { Header } from './parts/header.tsx'
import { Dialogs } from './parts/dialogs.tsx'
import { PacketPart } from './parts/packet.tsx'
import { PlanPart } from './parts/plan.tsx'
import { RulesPart } from './parts/rules.tsx'
import { SourcePart } from './parts/source.tsx'
import { set, state } from './store.ts'
import type { PartName } from '../state.ts'

const PARTS: readonly (readonly [name: PartName, title: string])[] = [
  ['source', 'Source'],
  ['plan', 'Plan'],
  ['rules', 'Rules'],
  ['packet', 'Packet'],
]

export function App() {
  const { part, isStale, bug } = state.value
  return (
    <div class={`app${isStale ? ' is-stale' : ''}`} data-part={part}>
      <Header />
      {bug === '' ? null : (
        <p class="bug" role="alert">
          This is a bug of calitables, not of your input: {bug}
        </p>
      )}
      <nav class="part-tabs" aria-label="Parts of the page">
        {PARTS.map(([name, title]) => (
          <button key={name} type="button" aria-pressed={part === name} onClick={() => set({ part: name })}>
            {title}
          </button>
        ))}
      </nav>
      <main class="parts">
        <SourcePart />
        <PlanPart />
        <RulesPart />
        <PacketPart />
      </main>
      <Dialogs />
    </div>
  )
}
