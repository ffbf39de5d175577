// IP sets: what each holds, its members and whose they are.

import type { Lit } from '../../links.ts'
import type { RulesView, SetView } from '../../view.ts'
import { lightUp, set, state } from '../store.ts'
import { Windowed } from './windowed.tsx'

export function Sets({ rules, lit }: { readonly rules: RulesView; readonly lit: Lit }) {
  const { search, onlyTouched } = state.value
  const text = search.trim().toLowerCase()
  const shown = rules.sets.filter(
    ({ name, holds }) =>
      (onlyTouched === 'all' || lit.sets.has(name)) &&
      (text === '' || name.toLowerCase().includes(text) || holds.toLowerCase().includes(text)),
  )
  if (shown.length === 0) return null
  return (
    <section class="table">
      <h3>
        IP sets <span class="quiet">{shown.length}</span>
      </h3>
      <Windowed items={shown} height={3} idOf={({ name }) => name}>
        {entry => <OneSet key={entry.name} entry={entry} isLit={lit.sets.has(entry.name)} />}
      </Windowed>
    </section>
  )
}

function OneSet({
  entry: { name, type, holds, members },
  isLit,
}: {
  readonly entry: SetView
  readonly isLit: boolean
}) {
  const id = `set/${name}`
  const { openChains } = state.value
  const isOpen = openChains.has(id)
  const toggle = (): void => {
    const next = new Set(openChains)
    if (!next.delete(id)) next.add(id)
    set({ openChains: next })
  }
  return (
    <div class={`chain${isLit ? ' is-lit' : ''}`}>
      <button
        type="button"
        class="chain-name"
        aria-expanded={isOpen}
        onMouseEnter={() => lightUp({ kind: 'set', name })}
        onFocus={() => lightUp({ kind: 'set', name })}
        onBlur={() => lightUp(undefined)}
        onClick={toggle}
      >
        <span class="twist" aria-hidden="true" />
        <code>{name}</code>
        <span class="quiet">{members.length === 0 ? 'empty' : members.length}</span>
      </button>
      <p class="purpose">{holds}</p>
      {isOpen ? (
        <>
          <p class="purpose">{type}</p>
          <Windowed as="ol" class="members" items={members} height={0.8} idOf={({ text }) => text}>
            {({ text, who }) => (
              <li key={text}>
                <code>{text}</code> {who === '' ? null : <span class="quiet">{who}</span>}
              </li>
            )}
          </Windowed>
        </>
      ) : null}
    </div>
  )
}
