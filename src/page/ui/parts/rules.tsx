// The rules: tables, chains, rules, folded; with a search, and only what this policy or this packet touches.

import { useEffect, useMemo, useRef } from 'preact/hooks'
import { type Lit, litBy } from '../../links.ts'
import type { PageState } from '../../state.ts'
import type { ChainView, RulesView } from '../../view.ts'
import { askWords, lightUp, set, state } from '../store.ts'
import { Chain } from './chain.tsx'
import { Sets } from './sets.tsx'
import { Windowed } from './windowed.tsx'

export function RulesPart() {
  const { model, ipVersion, search, onlyTouched, isShowingWords } = state.value
  const rules = model?.rules[ipVersion]
  return (
    <section class="part rules" aria-label="Rules" onMouseLeave={() => lightUp(undefined)}>
      <div class="rules-head">
        <h2>{rules === undefined ? 'Rules' : `${rules.iptables} rules, ${rules.sets.length} sets`}</h2>
        <input
          type="search"
          placeholder="search rules"
          aria-label="Search rules"
          value={search}
          onInput={event => set({ search: event.currentTarget.value })}
        />
        <div class="switch" role="group" aria-label="Which rules">
          {(
            [
              ['all', 'all'],
              ['policy', 'what is lit'],
              ['packet', 'this packet'],
            ] as const
          ).map(([name, title]) => (
            <button
              key={name}
              type="button"
              aria-pressed={onlyTouched === name}
              onClick={() => set({ onlyTouched: name })}
            >
              {title}
            </button>
          ))}
        </div>
        <label class="check">
          <input
            type="checkbox"
            checked={isShowingWords}
            onChange={event => {
              set({ isShowingWords: event.currentTarget.checked })
              if (event.currentTarget.checked) void askWords()
            }}
          />
          in words
        </label>
      </div>
      {rules === undefined ? <p class="quiet">No rules yet.</p> : <Tables rules={rules} />}
    </section>
  )
}

function Tables({ rules }: { readonly rules: RulesView }) {
  const current = state.value
  const lit = litBy(current)
  const wanted = wantedRules(current, lit)
  const place = useRef<HTMLDivElement>(null)
  const first = [...lit.rules][0]
  const isFromRules = current.light?.kind === 'rule' && current.step < 0
  const goal = first === undefined || isFromRules ? undefined : first
  const { chainGoal } = current
  useEffect(() => {
    if (goal !== undefined) (find(place, 'rule', goal) ?? find(place, 'chain', chainOf(goal)))?.scrollIntoView(NEAREST)
  }, [goal])
  useEffect(() => {
    if (chainGoal !== undefined) find(place, 'chain', chainGoal.chain)?.scrollIntoView()
  }, [chainGoal])
  const goals = new Set([...(goal === undefined ? [] : [goal, chainOf(goal)]), chainGoal?.chain ?? ''])
  return (
    <div class="tables" ref={place}>
      {rules.tables.map(({ name, chains }) => (
        <Table key={name} name={name} chains={chains} wanted={wanted} lit={lit} goals={goals} />
      ))}
      <Sets rules={rules} lit={lit} />
    </div>
  )
}

const NEAREST = { block: 'nearest' } as const

function find(
  { current }: { readonly current: HTMLElement | null },
  what: 'rule' | 'chain',
  id: string,
): HTMLElement | null {
  return current?.querySelector<HTMLElement>(`[data-${what}="${CSS.escape(id)}"]`) ?? null
}

/** A rule's chain, by ids. */
function chainOf(rule: string): string {
  return rule.slice(0, rule.lastIndexOf('/'))
}

/** Undefined: all. */
function wantedRules({ onlyTouched, packetView, withMisses }: PageState, lit: Lit): ReadonlySet<string> | undefined {
  if (onlyTouched === 'policy') return lit.rules.size === 0 ? undefined : lit.rules
  if (onlyTouched === 'packet' && packetView !== undefined && !('messages' in packetView)) {
    return new Set(
      packetView.steps.flatMap(({ ruleId, kind }) =>
        ruleId === undefined || (kind === 'miss' && !withMisses) ? [] : [ruleId],
      ),
    )
  }
  return undefined
}

function Table({
  name,
  chains,
  wanted,
  lit,
  goals,
}: {
  readonly name: string
  readonly chains: readonly ChainView[]
  readonly wanted: ReadonlySet<string> | undefined
  readonly lit: Lit
  readonly goals: ReadonlySet<string>
}) {
  const { search } = state.value
  const text = search.trim().toLowerCase()
  const shown = useMemo(
    () =>
      chains.flatMap(chain => {
        const rules = chain.rules.filter(
          rule =>
            (wanted === undefined || wanted.has(rule.id)) && (text === '' || rule.text.toLowerCase().includes(text)),
        )
        return rules.length === 0 ? [] : [{ chain, rules }]
      }),
    [chains, wanted, text],
  )
  const isNarrow = wanted !== undefined || text !== ''
  if (isNarrow && shown.length === 0) return null
  return (
    <section class="table">
      <h3>
        table {name} <span class="quiet">{shown.length} chains</span>
      </h3>
      <Windowed items={shown} height={1.7} idOf={({ chain }) => chain.id} goals={goals}>
        {({ chain, rules }) => (
          <Chain key={chain.id} chain={chain} rules={rules} isForced={isNarrow} lit={lit} goals={goals} />
        )}
      </Windowed>
    </section>
  )
}
