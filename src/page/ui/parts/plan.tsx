// The plan: the road through the node as a drawing, the endpoints, and for the chosen one what it meets in which order.

import type { EndpointView, MetView } from '../../view.ts'
import { metBy } from '../../state.ts'
import { set, setEndpoint, state } from '../store.ts'
import { Drawing } from './drawing.tsx'
import { PolicyTag } from './policy-tag.tsx'

export function PlanPart() {
  const { model } = state.value
  return (
    <section class="part plan" aria-label="Plan">
      <h2>The way through the node {model === undefined ? '' : model.node}</h2>
      <Drawing />
      <EndpointChoice />
      <Met />
    </section>
  )
}

function EndpointChoice() {
  const { model, endpoint, direction } = state.value
  if (model === undefined) return null
  const here = model.endpoints.filter(({ isHere }) => isHere)
  if (here.length === 0) return <p class="quiet">This node has no endpoint: nothing is policed on it.</p>
  return (
    <div class="endpoint-choice">
      <label>
        Endpoint{' '}
        <select value={endpoint} onChange={event => setEndpoint(event.currentTarget.value)}>
          {here.map(({ id, interfaceNames }) => (
            <option key={id} value={id}>
              {id} ({interfaceNames.join(', ')})
            </option>
          ))}
        </select>
      </label>
      <div class="switch" role="group" aria-label="Direction">
        {(['ingress', 'egress'] as const).map(name => (
          <button key={name} type="button" aria-pressed={direction === name} onClick={() => set({ direction: name })}>
            {name === 'ingress' ? 'what comes to it' : 'what it sends'}
          </button>
        ))}
      </div>
    </div>
  )
}

const CHAIN_TYPES: Readonly<Record<MetView['chainType'], string>> = {
  untracked: 'before connection tracking (doNotTrack)',
  preDNAT: 'before translation (preDNAT)',
  normal: 'in the filter table',
  forward: 'what passes through (applyOnForward)',
}

function Met() {
  const { model, endpoint, direction } = state.value
  const found = model?.endpoints.find(({ id }) => id === endpoint)
  if (found === undefined) return null
  const chains = metBy(state.value).filter(chain => chain.direction === direction)
  const meant = chains.filter(({ tiers, chainType }) => tiers.length > 0 || chainType === 'normal')
  return (
    <div class="met">
      {meant.map((chain, index) => (
        <MetChain key={index} chain={chain} endpoint={found} />
      ))}
    </div>
  )
}

function MetChain({ chain, endpoint }: { readonly chain: MetView; readonly endpoint: EndpointView }) {
  const { chainType, tiers, profiles, direction } = chain
  // One level below the heading over it: that of the chain, or that of the part.
  const TierHeading = endpoint.kind === 'host' ? 'h4' : 'h3'
  return (
    <section class="met-chain">
      {endpoint.kind === 'host' ? <h3>{CHAIN_TYPES[chainType]}</h3> : null}
      {tiers.map(({ name, orderText, defaultAction, policies }) => (
        <div key={name} class="tier">
          <TierHeading>
            tier {name} <span class="quiet">{orderText}</span>
          </TierHeading>
          <ol>
            {policies.map(({ id, why, reasons }) => (
              <li key={id}>
                <PolicyTag id={id} />
                <span class="why">
                  {why}
                  {reasons.length === 0 ? '' : `; selects it: ${reasons.join('; ')}`}
                </span>
              </li>
            ))}
          </ol>
          <p class={`tier-end ${defaultAction === 'Pass' ? 'passes' : 'denies'}`}>
            {defaultAction === 'Pass' ? 'no verdict: on to the next tier' : 'no verdict: dropped'}
          </p>
        </div>
      ))}
      {chainType === 'normal' && tiers.length === 0 ? (
        <p class="quiet">
          No policy governs its {direction}.{' '}
          {profiles.length > 0
            ? `Its profiles decide: ${profiles.join(', ')}.`
            : 'It has no profile: nothing gets through.'}
        </p>
      ) : null}
    </section>
  )
}
