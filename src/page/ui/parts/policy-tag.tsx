// A policy's own colour and letter, with its name: the same wherever it is spoken of.

import { litBy } from '../../links.ts'
import { markOf } from '../../palette.ts'
import { lightUp, pin, state } from '../store.ts'

export function PolicyTag({ id, isShort = false }: { readonly id: string; readonly isShort?: boolean }) {
  const { model, pinned } = state.value
  const index = model?.policies.findIndex(policy => policy.id === id) ?? -1
  const policy = model?.policies[index]
  if (policy === undefined) return null
  const { colour, letter } = markOf(index)
  const [kind = ''] = policy.title.split(' ')
  const isLit = litBy(state.value).policies.has(id)
  const isPinned = pinned?.kind === 'policy' && pinned.id === id
  return (
    <button
      type="button"
      class={`policy-tag colour-${colour}${isLit ? ' is-lit' : ''}`}
      aria-pressed={isPinned}
      title={`${policy.title}, tier ${policy.tier}, ${policy.orderText}`}
      onMouseEnter={() => lightUp({ kind: 'policy', id })}
      onMouseLeave={() => lightUp(undefined)}
      onFocus={() => lightUp({ kind: 'policy', id })}
      onBlur={() => lightUp(undefined)}
      onClick={() => pin(isPinned ? undefined : { kind: 'policy', id })}
    >
      <span class="letter" aria-hidden="true">
        {letter}
      </span>
      {isShort ? (
        <span class="visually-hidden">{policy.title}</span>
      ) : (
        <span class="title">
          {policy.title.slice(kind.length)} <span class="quiet">{kind}</span>
        </span>
      )}
    </button>
  )
}
