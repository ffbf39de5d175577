// The drawing: hooks and tables in the order of the kernel, where the chosen endpoint's policies act, and where the packet is.

import { useState } from 'preact/hooks'
import { markOf } from '../../palette.ts'
import { metBy, type PageState } from '../../state.ts'
import { showHook, state } from '../store.ts'
import { BOX, ENDS, GROUPS, HOOKS, type HookBox, hookBeside, hooksOf, PROCESS, ROADS, ROUTE, SIZE } from './hooks.ts'

export function Drawing() {
  const current = state.value
  const acting = actingAt(current)
  const { visited, now } = packetAt(current)
  // One stop for the tabulator: from there the arrows go on.
  const [stop, setStop] = useState(HOOKS[0]?.id)
  return (
    <svg
      class="drawing"
      viewBox={`0 0 ${SIZE.width} ${SIZE.height}`}
      role="group"
      aria-label={describe(acting, now)}
      onKeyDown={goBeside}
    >
      <Roads now={now} />
      {HOOKS.map(hook => (
        <Box
          key={hook.id}
          hook={hook}
          policies={acting.get(hook.id) ?? []}
          state={now === hook.id ? 'is-now' : visited.has(hook.id) ? 'is-visited' : ''}
          isStop={hook.id === stop}
          onStop={() => setStop(hook.id)}
        />
      ))}
      {HOOKS.map(hook => (
        <Dots key={hook.id} hook={hook} policies={acting.get(hook.id) ?? []} />
      ))}
    </svg>
  )
}

/** What lies between the hooks: the way, and where it is chosen. */
function Roads({ now }: { readonly now: string }) {
  return (
    <>
      <defs>
        <marker
          id="arrow"
          viewBox="0 0 8 8"
          refX="6"
          refY="4"
          markerWidth="7"
          markerHeight="7"
          orient="auto-start-reverse"
        >
          <path d="M0,0 L8,4 L0,8 z" class="arrow-head" />
        </marker>
      </defs>
      <g aria-hidden="true">
        {ROADS.map(road => (
          <path key={road} class="road" d={road} marker-end="url(#arrow)" />
        ))}
        {GROUPS.map(group => (
          <Caption key={group.title} class="group" {...group} />
        ))}
        {ENDS.map(end => (
          <Caption key={end.title} class="end" {...end} />
        ))}
        <g class={`routing${now === 'routing' ? ' is-now' : ''}`}>
          <path d={diamond(ROUTE)} />
          <text x={ROUTE.x} y={ROUTE.y + 4}>
            route
          </text>
        </g>
        <g class="process">
          <rect {...PROCESS} rx={PROCESS.height / 2} />
          <text x={PROCESS.x + PROCESS.width / 2} y={PROCESS.y + 16.5}>
            the node itself
          </text>
        </g>
      </g>
    </>
  )
}

/** The arrows of the drawing, which elsewhere step the packet. */
function goBeside(event: KeyboardEvent & { readonly currentTarget: SVGSVGElement }): void {
  const { hook } = event.target instanceof SVGElement ? event.target.dataset : {}
  const from = HOOKS.find(({ id }) => id === hook)
  if (from === undefined || !event.key.startsWith('Arrow')) return
  event.preventDefault()
  event.stopPropagation()
  const next = hookBeside(from, event.key)
  if (next !== undefined) event.currentTarget.querySelector<SVGElement>(`[data-hook="${next.id}"]`)?.focus()
}

function Caption({
  title,
  ...place
}: {
  readonly title: string
  readonly class: string
  readonly x: number
  readonly y: number
}) {
  return <text {...place}>{title}</text>
}

function diamond({ x, y, half }: typeof ROUTE): string {
  return `M${x},${y - half} L${x + half},${y} L${x},${y + half} L${x - half},${y} z`
}

const SHOWN = 3

function Box({
  hook: { id, table, x, y, purpose },
  policies,
  state: mood,
  isStop,
  onStop,
}: {
  readonly hook: HookBox
  readonly policies: readonly number[]
  readonly state: string
  readonly isStop: boolean
  readonly onStop: () => void
}) {
  const names = policies.flatMap(index => state.value.model?.policies[index]?.title ?? [])
  const acting = names.length === 0 ? '' : `; of the chosen endpoint: ${names.join(', ')}`
  return (
    <g
      class={`hook ${mood}${policies.length === 0 ? '' : ' acts'}`}
      role="button"
      tabIndex={isStop ? 0 : -1}
      data-hook={id}
      aria-label={`${id}: ${purpose}${acting}`}
      aria-current={mood === 'is-now' ? 'step' : undefined}
      onFocus={onStop}
      onClick={() => showHook(id)}
      onKeyDown={event => {
        if (event.key !== 'Enter' && event.key !== ' ') return
        event.preventDefault()
        showHook(id)
      }}
    >
      <title>{`${id}: ${purpose}`}</title>
      <rect x={x} y={y} width={BOX.width} height={BOX.height} rx="6" />
      <text x={x + BOX.width / 2} y={y + 17.5}>
        {table}
      </text>
    </g>
  )
}

/** Below a box, the policies that act there, which its name names. */
function Dots({ hook: { x, y }, policies }: { readonly hook: HookBox; readonly policies: readonly number[] }) {
  return (
    <g aria-hidden="true">
      {policies.slice(0, SHOWN).map((index, place) => (
        <g key={index} class={`dot colour-${markOf(index).colour}`}>
          <circle cx={x + 7 + place * 14} cy={y + BOX.height + 9} r="6.5" />
          <text x={x + 7 + place * 14} y={y + BOX.height + 12}>
            {markOf(index).letter.slice(0, 2)}
          </text>
        </g>
      ))}
      {policies.length > SHOWN ? (
        <text class="more" x={x + 2 + SHOWN * 14} y={y + BOX.height + 12}>
          +{policies.length - SHOWN}
        </text>
      ) : null}
    </g>
  )
}

/** Indexes of the policies that act at each hook, for the chosen endpoint and direction. */
function actingAt(current: PageState): ReadonlyMap<string, readonly number[]> {
  const found = new Map<string, number[]>()
  const { model, endpoint, direction } = current
  const chosen = model?.endpoints.find(({ id }) => id === endpoint)
  if (model === undefined || chosen === undefined) return found
  const indexes = new Map(model.policies.map(({ id }, index) => [id, index] as const))
  for (const chain of metBy(current)) {
    if (chain.direction !== direction) continue
    for (const hook of hooksOf(chosen.kind, chain.chainType, direction)) {
      const list = found.get(hook) ?? []
      for (const { policies } of chain.tiers) {
        for (const { id } of policies) {
          const index = indexes.get(id)
          if (index !== undefined && !list.includes(index)) list.push(index)
        }
      }
      found.set(hook, list)
    }
  }
  return found
}

function packetAt({ packetView, step }: PageState): { readonly visited: ReadonlySet<string>; readonly now: string } {
  if (packetView === undefined || 'messages' in packetView || step < 0) return { visited: new Set(), now: '' }
  const steps = packetView.steps.slice(0, step + 1)
  const last = steps.at(-1)
  return {
    visited: new Set(steps.flatMap(({ hook }) => hook ?? [])),
    now: last?.hook ?? (last?.kind === 'route' ? 'routing' : ''),
  }
}

function describe(acting: ReadonlyMap<string, readonly number[]>, now: string): string {
  const list = [...acting]
    .filter(([, policies]) => policies.length > 0)
    .map(([hook, policies]) => `${policies.length} at ${hook}`)
  const where = now === '' ? '' : ` The packet is at ${now}.`
  return `The hooks of the kernel that a packet passes. Policies of the chosen endpoint: ${list.length === 0 ? 'none' : list.join(', ')}.${where}`
}
