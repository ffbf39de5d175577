// What if this policy were different? One click changes one field in the text, everything else follows, and undo takes it back.

import { litBy } from '../../links.ts'
import { changeField, state } from '../store.ts'
import { PolicyTag } from './policy-tag.tsx'

const FLAGS = ['doNotTrack', 'preDNAT', 'applyOnForward'] as const

export function WhatIf() {
  const { model, pinned } = state.value
  const lit = litBy({ ...state.value, ...(pinned === undefined ? {} : { light: pinned }) }).policies
  const policy = model?.policies.find(({ id }) => lit.has(id)) ?? model?.policies[0]
  if (model === undefined || policy === undefined) return null
  const isKubernetes = policy.id.startsWith('knp/') || policy.title.startsWith('Kubernetes')
  const tier = model.tiers.find(({ name }) => name === policy.tier)
  const step = (by: number): void => changeField(policy.id, 'order', (policy.order ?? 1000) + by)
  return (
    <div class="what-if" role="group" aria-label="What if">
      <span class="quiet">what if</span> <PolicyTag id={policy.id} />
      {isKubernetes ? (
        <span class="quiet">had other fields? A Kubernetes policy has none of Calico’s switches.</span>
      ) : (
        <>
          {FLAGS.map(flag => (
            <button
              key={flag}
              type="button"
              aria-pressed={policy.flags.includes(flag)}
              onClick={() => changeField(policy.id, flag, policy.flags.includes(flag) ? undefined : true)}
            >
              {flag}
            </button>
          ))}
          <span class="stepper">
            <button type="button" aria-label="Lower order" onClick={() => step(-10)}>
              −
            </button>
            order {policy.order ?? 'none'}
            <button type="button" aria-label="Higher order" onClick={() => step(10)}>
              +
            </button>
          </span>
          {tier?.isWritten === true ? (
            <button
              type="button"
              aria-pressed={tier.defaultAction === 'Pass'}
              onClick={() => changeField(policy.id, 'tier default', tier.defaultAction === 'Pass' ? 'Deny' : 'Pass')}
            >
              tier {tier.name}: Pass by default
            </button>
          ) : null}
        </>
      )}
    </div>
  )
}
