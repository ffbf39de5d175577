// What if this policy were different? One click changes one field in the text, everything else follows, and undo takes it back.

import { litBy } from '../../links.ts'
import type { PolicyView } from '../../view.ts'
import { changeField, state } from '../store.ts'
import { PolicyTag } from './policy-tag.tsx'

const FLAGS = ['doNotTrack', 'preDNAT', 'applyOnForward'] as const

function isKubernetesPolicy({ title }: PolicyView): boolean {
  return !/^(?:Staged)?(?:Global)?NetworkPolicy /.test(title)
}

/** A policy of a namespace is for pods alone: the switches for host endpoints are not its own. */
function isGlobal({ title }: PolicyView): boolean {
  return /^(?:Staged)?GlobalNetworkPolicy /.test(title)
}

export function WhatIf() {
  const { model, pinned } = state.value
  const lit = litBy({ ...state.value, ...(pinned === undefined ? {} : { light: pinned }) }).policies
  const policies = model?.policies ?? []
  const policy = policies.find(({ id }) => lit.has(id)) ?? policies.find(own => !isKubernetesPolicy(own)) ?? policies[0]
  if (model === undefined || policy === undefined) return null
  const isKubernetes = isKubernetesPolicy(policy)
  const tier = model.tiers.find(({ name }) => name === policy.tier)
  const change = (field: string, value: string | number | boolean | undefined): void =>
    changeField({ policy: policy.id, field, value })
  const step = (by: number): void => change('order', (policy.order ?? 1000) + by)
  return (
    <div class="what-if" role="group" aria-label="What if">
      <span class="quiet">what if</span> <PolicyTag id={policy.id} />
      {isKubernetes ? (
        <span class="quiet">Kubernetes policies have none of Calico’s switches.</span>
      ) : (
        <>
          {(isGlobal(policy) ? FLAGS : []).map(flag => (
            <button
              key={flag}
              type="button"
              aria-pressed={policy.flags.includes(flag)}
              onClick={() => change(flag, policy.flags.includes(flag) ? undefined : true)}
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
              onClick={() => change('tier default', tier.defaultAction === 'Pass' ? 'Deny' : 'Pass')}
            >
              tier {tier.name}: Pass by default
            </button>
          ) : null}
        </>
      )}
    </div>
  )
}
