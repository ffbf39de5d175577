// The drawing: hooks and tables in the order of the kernel, where the chosen endpoint's policies act, and where the packet is.

import { markOf } from '../../palette.ts'
import { metBy, type PageState } from '../../state.ts'
import { set, state } from '../store.ts'
import { BOX, GROUPS, HOOKS, type HookBox, hooksOf, PROCESS, ROADS, ROUTE, SIZE } from './hooks.ts'

export function Drawing() {
  const current = state.value
  const acting = actingAt(current)
  const { visited, now } = packetAt(current)
  return (
    <svg class="drawing" viewBox={`0 0 ${SIZE.width} ${SIZE.height}`} role="img" aria-label={describe(acting, now)}>
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
      {ROADS.map(road => (
        <path key={road} class="road" d={road} marker-end="url(#arrow)" />
      ))}
      {GROUPS.map(({ title, x, y }) => (
        <text key={title} class="group" x={x} y={y}>
          {title}
        </text>
      ))}
      <text class="end" x="0" y="39">
        in
      </text>
      <text class="end" x="483" y="39">
        out
      </text>
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
      {HOOKS.map(hook => (
        <Box
          key={hook.id}
          hook={hook}
          policies={acting.get(hook.id) ?? []}
          state={now === hook.id ? 'is-now' : visited.has(hook.id) ? 'is-visited' : ''}
        />
      ))}
    </svg>
  )
}

function diamond({ x, y, half }: typeof ROUTE): string {
  return `M${x},${y - half} L${x + half},${y} L${x},${y + half} L${x - half},${y} z`
}

const SHOWN = 3

function Box({
  hook: { id, table, x, y, purpose },
  policies,
  state: mood,
}: {
  readonly hook: HookBox
  readonly policies: readonly number[]
  readonly state: string
}) {
  return (
    <g
      class={`hook ${mood}${policies.length === 0 ? '' : ' acts'}`}
      onClick={() => set({ search: '', onlyTouched: 'all', part: 'rules' })}
    >
      <title>{`${id}: ${purpose}`}</title>
      <rect x={x} y={y} width={BOX.width} height={BOX.height} rx="6" />
      <text x={x + BOX.width / 2} y={y + 17.5}>
        {table}
      </text>
      {policies.slice(0, SHOWN).map((index, place) => {
        const { colour, letter } = markOf(index)
        return (
          <g key={index} class={`dot colour-${colour}`}>
            <circle cx={x + 7 + place * 14} cy={y + BOX.height + 9} r="6.5" />
            <text x={x + 7 + place * 14} y={y + BOX.height + 12}>
              {letter.slice(0, 2)}
            </text>
          </g>
        )
      })}
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
