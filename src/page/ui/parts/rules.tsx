// The rules: tables, chains, rules, folded; with a search, and only what this policy or this packet touches.

import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { type Lit, litBy } from '../../links.ts'
import { markOf } from '../../palette.ts'
import type { PageState } from '../../state.ts'
import type { ChainView, RulesView, RuleView } from '../../view.ts'
import { askWords, lightUp, pin, set, state, toggleChain } from '../store.ts'
import { RuleText } from './rule-text.tsx'
import { Sets } from './sets.tsx'

/** Chains of one table that are drawn before somebody asks for more. */
const SHOWN_CHAINS = 150
/** Rules of one chain likewise, and how many come each time. */
const SHOWN_RULES = 200
const MORE_RULES = 1000

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
  useEffect(() => {
    if (first === undefined || isFromRules) return
    const element = place.current?.querySelector(
      `[data-rule="${CSS.escape(first)}"], [data-chain="${CSS.escape(first.slice(0, first.lastIndexOf('/')))}"]`,
    )
    element?.scrollIntoView({ block: 'nearest' })
  }, [first, isFromRules])
  return (
    <div class="tables" ref={place}>
      {rules.tables.map(({ name, chains }) => (
        <Table key={name} name={name} chains={chains} wanted={wanted} lit={lit} />
      ))}
      <Sets rules={rules} lit={lit} />
    </div>
  )
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
}: {
  readonly name: string
  readonly chains: readonly ChainView[]
  readonly wanted: ReadonlySet<string> | undefined
  readonly lit: Lit
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
      {shown.slice(0, SHOWN_CHAINS).map(({ chain, rules }) => (
        <Chain key={chain.id} chain={chain} rules={rules} isForced={isNarrow} lit={lit} />
      ))}
      {shown.length > SHOWN_CHAINS ? (
        <p class="quiet">and {shown.length - SHOWN_CHAINS} more chains: search to find them</p>
      ) : null}
    </section>
  )
}

function Chain({
  chain: { id, name, purpose },
  rules,
  isForced,
  lit,
}: {
  readonly chain: ChainView
  readonly rules: readonly RuleView[]
  readonly isForced: boolean
  readonly lit: Lit
}) {
  const isOpen = isForced || state.value.openChains.has(id)
  const [limit, setLimit] = useState(SHOWN_RULES)
  const now = nowIndex(state.value, id)
  const shown = rules.slice(0, Math.max(limit, now + 1))
  const isLit = rules.some(rule => lit.rules.has(rule.id))
  return (
    <div class={`chain${isLit ? ' is-lit' : ''}`} data-chain={id}>
      <button type="button" class="chain-name" aria-expanded={isOpen} title={purpose} onClick={() => toggleChain(id)}>
        <span class="twist" aria-hidden="true" />
        <code>{name}</code>
        {isOpen ? null : <span class="says">{purpose}</span>}
        <span class="quiet">{rules.length}</span>
      </button>
      {isOpen ? (
        <>
          <p class="purpose">{purpose}</p>
          <ol class="rule-list">
            {shown.map(rule => (
              <Rule key={rule.id} rule={rule} isLit={lit.rules.has(rule.id)} />
            ))}
          </ol>
          {shown.length === rules.length ? null : (
            <button type="button" class="link" onClick={() => setLimit(shown.length + MORE_RULES)}>
              {rules.length - shown.length} more rules
            </button>
          )}
        </>
      ) : null}
    </div>
  )
}

/** Where the packet is in a chain; -1 where it is elsewhere. */
function nowIndex({ packetView, step }: PageState, chain: string): number {
  const ruleId = packetView === undefined || 'messages' in packetView ? undefined : packetView.steps[step]?.ruleId
  return ruleId?.startsWith(`${chain}/`) === true ? Number(ruleId.slice(chain.length + 1)) : -1
}

function Rule({ rule, isLit }: { readonly rule: RuleView; readonly isLit: boolean }) {
  const { model, words, isShowingWords, pinned, packetView, step } = state.value
  const { id, text, policy } = rule
  const index = policy === undefined ? -1 : (model?.policies.findIndex(found => found.id === policy) ?? -1)
  const mark = index < 0 ? undefined : markOf(index)
  const isPinned = pinned?.kind === 'rule' && pinned.id === id
  const isNow = packetView !== undefined && !('messages' in packetView) && packetView.steps[step]?.ruleId === id
  const said = isShowingWords ? words.get(id) : undefined
  return (
    <li>
      <button
        type="button"
        data-rule={id}
        class={`rule${mark === undefined ? '' : ` colour-${mark.colour}`}${isLit ? ' is-lit' : ''}${isNow ? ' is-now' : ''}`}
        aria-pressed={isPinned}
        onMouseEnter={() => lightUp({ kind: 'rule', id })}
        onFocus={() => lightUp({ kind: 'rule', id })}
        onBlur={() => lightUp(undefined)}
        onClick={() => pin(isPinned ? undefined : { kind: 'rule', id })}
      >
        {mark === undefined ? <span class="letter none" /> : <span class="letter">{mark.letter}</span>}
        <RuleText text={text} />
      </button>
      {said === undefined ? null : (
        <p class="words">
          {said.matches.length === 0 ? 'always' : `if ${said.matches.join(' and ')},`} {said.target}
          <span class="quiet"> ({said.origin})</span>
        </p>
      )}
    </li>
  )
}
