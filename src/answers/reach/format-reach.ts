// Who reaches whom, in the other forms: values separated by commas, graphs for Graphviz and Mermaid, lists.

import { NONE } from '../../analysis/sets/bdd.ts'
import type { Side } from '../../model/ruleset.ts'
import { printable } from '../../text/printable.ts'
import type { GroupNames } from './group-names.ts'
import { linkParts, throughParts, wayWords } from './link-words.ts'
import { portWords } from './port-words.ts'
import { isolatedGroups, openGroups, type Unselected } from './reach-summary.ts'
import type { ReachView } from './reach-view.ts'

/** Of an edge of a graph. */
const MOST_PORTS = 5

/**
 * RFC 4180 but for the ends of lines, with a header; a line for each connection between groups. Clusters where nothing sends packets
 * on to others have no column for it.
 */
export function formatReachCsv(view: ReachView, names: GroupNames): string {
  const { headers, frontends } = view.reach
  const { space } = headers
  const hasFrontends = frontends.length > 0
  const name = nameOf(view, names)
  const rows = view.links.map(link => [
    name(link.from, 'source'),
    name(link.to, 'destination'),
    link.ports === NONE ? '' : portWords(space, link.ports),
    linkParts(view, { ...link, ports: NONE, perhaps: NONE, isThrough: false }, Infinity).join('; '),
    link.perhaps === NONE ? '' : portWords(space, link.perhaps),
    ...(hasFrontends ? [throughParts(view, link, Infinity).join('; ')] : []),
  ])
  const head = ['from', 'to', 'ports', 'some', 'perhaps', ...(hasFrontends ? ['through'] : [])]
  const lines = [head, ...rows].map(row => row.map(csvField).join(','))
  return `${lines.join('\n')}\n`
}

/** What a spreadsheet would take for a formula is text. */
function csvField(text: string): string {
  const safe = printable(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text)
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

export function formatReachDot(view: ReachView, names: GroupNames): string {
  const name = nameOf(view, names)
  const quote = (...lines: readonly string[]): string =>
    `"${lines.map(line => printable(line).replace(/[\\"]/g, character => `\\${character}`)).join('\\n')}"`
  const lines = [
    ...shownGroups(view).map(index => `  g${index} [label=${quote(name(index))}]`),
    ...view.links.map(link => {
      const style = link.ports === NONE && link.some === NONE ? ', style=dashed' : ''
      return `  g${link.from} -> g${link.to} [label=${quote(...linkParts(view, link, MOST_PORTS))}${style}]`
    }),
  ]
  return `digraph reach {\n  rankdir=LR\n  node [shape=box]\n${lines.join('\n')}\n}\n`
}

export function formatReachMermaid(view: ReachView, names: GroupNames): string {
  const name = nameOf(view, names)
  // Mermaid takes numbers of characters where the characters themselves would mean something.
  const quote = (text: string): string =>
    `"${printable(text).replace(/[^\w ,.:;/*()+-]/gu, character => `#${character.codePointAt(0) ?? 0};`)}"`
  const lines = [
    ...shownGroups(view).map(index => `  g${index}[${quote(name(index))}]`),
    ...view.links.map(link => {
      const arrow = link.ports === NONE && link.some === NONE ? '-.->' : '-->'
      return `  g${link.from} ${arrow}|${quote(linkParts(view, link, MOST_PORTS).join('; '))}| g${link.to}`
    }),
  ]
  return `flowchart LR\n${lines.join('\n')}\n`
}

/** What anybody can reach. */
export function formatOpen(view: ReachView, names: GroupNames): string {
  const { space } = view.reach.headers
  const name = nameOf(view, names)
  const outside = view.groups.findIndex(({ kind }) => kind === 'world')
  const from = outside < 0 ? 'world' : name(outside, 'source')
  const world = from === 'world' ? 'the world' : from
  const lines = openGroups(view).flatMap(({ group, world: open, pods, ways }) => [
    name(group),
    ...(open === NONE ? [] : [`  from ${world}: ${portWords(space, open)}`]),
    ...ways.map(way => `  from ${world}: ${wayWords(view, way)}`),
    ...(pods === NONE ? [] : [`  from every pod: ${portWords(space, pods)}`]),
  ])
  return `${(lines.length === 0 ? ['nothing is open to everybody'] : lines).map(printable).join('\n')}\n`
}

/** What nobody can reach, and what no policy says anything of. */
export function formatIsolated(
  view: ReachView,
  names: GroupNames,
  { ingress, egress, hostEndpoints }: Unselected,
): string {
  const name = nameOf(view, names)
  const list = (title: string, items: readonly string[], none: string): readonly string[] =>
    items.length === 0 ? [none] : [title, ...items.map(item => `  ${item}`)]
  const lines = [
    ...list(
      'nobody reaches',
      isolatedGroups(view).map(index => name(index)),
      'every pod is reached by somebody',
    ),
    '',
    ...list('no policy for what comes to', ingress, 'a policy selects every pod for what comes to it'),
    '',
    ...list('no policy for what is sent by', egress, 'a policy selects every pod for what it sends'),
    ...(hostEndpoints.length === 0 ? [] : ['', ...list('no policy for host endpoints', hostEndpoints, '')]),
  ]
  return `${lines.map(printable).join('\n')}\n`
}

function nameOf({ groups }: ReachView, names: GroupNames): (index: number, side?: Side) => string {
  return (index, side) => {
    const group = groups[index]
    return group === undefined ? '' : names.nameOf(group, side)
  }
}

function shownGroups({ groups, senders, receivers, links }: ReachView): readonly number[] {
  const asked = new Set([...senders, ...receivers])
  const linked = new Set(links.flatMap(({ from, to }) => [from, to]))
  return groups.flatMap(({ kind }, index) =>
    asked.has(index) && (kind === 'pods' || linked.has(index)) ? [index] : [],
  )
}
