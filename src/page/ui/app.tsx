// The page as a whole: what is on it, and where. Everything in it is a function of the state.

import { useEffect, useRef } from 'preact/hooks'
import { Header } from './parts/header.tsx'
import { Dialogs } from './parts/dialogs.tsx'
import { PacketPart } from './parts/packet.tsx'
import { PlanPart } from './parts/plan.tsx'
import { RulesPart } from './parts/rules.tsx'
import { SourcePart } from './parts/source.tsx'
import { VerdictStrip } from './parts/verdict.tsx'
import { set, state } from './store.ts'
import type { PartName } from '../state.ts'

const PARTS: readonly (readonly [name: PartName, title: string])[] = [
  ['source', 'Source'],
  ['plan', 'Plan'],
  ['rules', 'Rules'],
  ['packet', 'Packet'],
]

export function App() {
  const { part, isStale, bug, isLinkBroken } = state.value
  return (
    <div class={`app${isStale ? ' is-stale' : ''}`}>
      <Header />
      {bug === '' ? null : (
        <p class="bug" role="alert">
          This is a bug of calitables, not of your input: {bug}
        </p>
      )}
      {isLinkBroken ? (
        <p class="bug" role="alert">
          The link cannot be read: it is not whole. What is open is not what it held.{' '}
          <button type="button" class="link" onClick={() => set({ isLinkBroken: false })}>
            Hide
          </button>
        </p>
      ) : null}
      <VerdictStrip />
      <nav class="part-tabs" aria-label="Parts of the page">
        {PARTS.map(([name, title]) => (
          <button key={name} type="button" aria-pressed={part === name} onClick={() => set({ part: name })}>
            {title}
          </button>
        ))}
      </nav>
      <Parts part={part} />
    </div>
  )
}

/** Time without scrolling after which the part that one sees is the one that was meant, in milliseconds. */
const SWIPED = 120

/** On a narrow screen they lie side by side: the tabs scroll to one, and a finger does. */
function Parts({ part }: { readonly part: PartName }) {
  const place = useRef<HTMLElement>(null)
  const swipe = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => {
    const parts = place.current
    const index = PARTS.findIndex(([name]) => name === part)
    if (parts === null || parts.scrollWidth <= parts.clientWidth) return
    parts.scrollTo({ left: index * parts.clientWidth })
  }, [part])
  const onScroll = (): void => {
    clearTimeout(swipe.current)
    swipe.current = setTimeout(() => {
      const parts = place.current
      if (parts === null || parts.scrollWidth <= parts.clientWidth) return
      const seen = PARTS[Math.round(parts.scrollLeft / parts.clientWidth)]?.[0]
      if (seen !== undefined && seen !== state.value.part) set({ part: seen })
    }, SWIPED)
  }
  return (
    <>
      <main class="parts" ref={place} onScroll={onScroll} aria-busy={state.value.isBusy}>
        <SourcePart />
        <PlanPart />
        <RulesPart />
        <PacketPart />
      </main>
      <Dialogs />
    </>
  )
}
