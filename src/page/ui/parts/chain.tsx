// A chain, what it is for, and its rules: each with the letter of its policy, lit with what belongs to it, in words if wanted.

import type { Lit } from '../../links.ts'
import { markOf } from '../../palette.ts'
import type { ChainView, RuleView } from '../../view.ts'
import { lightUp, pin, state, toggleChain } from '../store.ts'
import { RuleText } from './rule-text.tsx'
import { Windowed } from './windowed.tsx'

export function Chain({
  chain: { id, name, purpose },
  rules,
  isForced,
  lit,
  goals,
}: {
  readonly chain: ChainView
  readonly rules: readonly RuleView[]
  readonly isForced: boolean
  readonly lit: Lit
  readonly goals: ReadonlySet<string>
}) {
  const isOpen = isForced || state.value.openChains.has(id)
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
          <Windowed as="ol" class="rule-list" items={rules} height={1.8} idOf={({ id: rule }) => rule} goals={goals}>
            {rule => <Rule key={rule.id} rule={rule} isLit={lit.rules.has(rule.id)} />}
          </Windowed>
        </>
      ) : null}
    </div>
  )
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
