// Who reaches whom, for people: a matrix of groups as long as it fits, else one of namespaces, else lines.

import { type Bdd, NONE } from '../../analysis/sets/bdd.ts'
import { DOUBTS } from '../../analysis/parties/passing.ts'
import type { Side } from '../../model/ruleset.ts'
import { printable } from '../../text/printable.ts'
import { columnLines, widest } from '../../text/columns.ts'
import { wrap } from '../../text/wrap.ts'
import type { GroupNames } from './group-names.ts'
import { DOUBT_WORDS, linkParts } from './link-words.ts'
import { namespaceMatrix } from './namespace-matrix.ts'
import { portWords } from './port-words.ts'
import type { ReachLink, ReachView } from './reach-view.ts'

/** A terminal of 80 columns has room for so many receivers, and a reader the patience for so many senders. */
const MOST_COLUMNS = 14
const MOST_ROWS = 40
const MOST_LINES = 60
const NAME_WIDTH = 30
const LINE_WIDTH = 80
const MOST_PORTS = 8

const EVERYTHING: readonly string[] = ['everything', 'all but tunnels']

export function formatReachTable(view: ReachView, names: GroupNames): string {
  const lines =
    view.receivers.length <= MOST_COLUMNS && view.senders.length <= MOST_ROWS
      ? groupMatrix(view, names)
      : (namespaceLines(view, names) ?? linkLines(view, names, MOST_LINES))
  return `${[...lines, '', ...doubtLines(view), summary(view)]
    .map(printable)
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')}\n`
}

/** One line for each connection between groups, with everything that is known of it. */
export function formatReachWide(view: ReachView, names: GroupNames): string {
  return `${[...linkLines(view, names, Infinity), '', ...doubtLines(view), summary(view)].map(printable).join('\n')}\n`
}

function groupMatrix(view: ReachView, names: GroupNames): readonly string[] {
  const { groups, senders, receivers, links } = view
  const shown = groups.flatMap((_, index) => (senders.includes(index) || receivers.includes(index) ? [index] : []))
  const labels = new Map(
    shown.map((index, place) => [index, groups[index]?.kind === 'world' ? 'w' : String(place + 1)] as const),
  )
  const byPair = new Map(links.map(link => [`${link.from} ${link.to}`, link]))
  const symbols = new Symbols(view)
  const nameOf = (index: number): string => {
    const group = groups[index]
    return group === undefined ? '' : names.nameOf(group)
  }
  const width = nameWidth(shown.map(nameOf), receivers.length)
  const name = (index: number, cells = ''): readonly string[] =>
    columnLines([(labels.get(index) ?? '').padStart(3), nameOf(index), cells], [3, width])
  const row = (from: number): readonly string[] => {
    const cells = receivers.map(to => {
      const isAlone = from === to && (groups[from]?.parties.length ?? 0) === 1
      return (isAlone ? '-' : symbols.of(byPair.get(`${from} ${to}`))).padEnd(3)
    })
    return name(from, cells.join(' '))
  }
  const head = `${'from \\ to'.padEnd(width + 6)} ${receivers.map(to => (labels.get(to) ?? '').padEnd(3)).join(' ')}`
  const others = receivers.filter(to => !senders.includes(to))
  return [
    head.trimEnd(),
    ...senders.flatMap(row),
    ...(others.length === 0 ? [] : ['', ...others.flatMap(index => name(index))]),
    '',
    ...symbols.legend(),
  ]
}

/** A name has what the cells leave of a line, and breaks where that is not enough. */
function nameWidth(names: readonly string[], columns: number): number {
  return Math.max(NAME_WIDTH, Math.min(widest(names), LINE_WIDTH - 7 - 4 * columns))
}

/** Letters for what gets through: the same letter, the same ports. */
class Symbols {
  readonly #view: ReachView
  readonly #letters = new Map<string, string>()

  constructor(view: ReachView) {
    this.#view = view
  }

  of(link: ReachLink | undefined): string {
    if (link === undefined) return '.'
    const { ports, some, perhaps } = link
    const words = linkParts(this.#view, link, MOST_PORTS)
    const mark = `${some === NONE ? '' : '~'}${perhaps === NONE ? '' : '?'}`
    if (words.length === 1 && EVERYTHING.includes(words[0] ?? '') && ports !== NONE) return '*'
    const key = words.join('; ')
    let letter = this.#letters.get(key)
    if (letter === undefined) this.#letters.set(key, (letter = letterOf(this.#letters.size)))
    return `${letter}${mark}`
  }

  legend(): readonly string[] {
    return [
      '  *  everything (no pod sends tunnels)   .  nothing   -  itself',
      ...[...this.#letters].flatMap(([words, letter]) => legendLines(letter, words)),
    ]
  }
}

function legendLines(letter: string, words: string): readonly string[] {
  const [first = '', ...more] = wrap(words, '     ')
  return [`${letter.padStart(3)}  ${first.trimStart()}`, ...more]
}

/** a … z, aa … */
function letterOf(index: number): string {
  const letter = String.fromCharCode(97 + (index % 26))
  return index < 26 ? letter : `${letterOf(Math.floor(index / 26) - 1)}${letter}`
}

/** Undefined where namespaces are too many, or only one. */
function namespaceLines(view: ReachView, names: GroupNames): readonly string[] | undefined {
  const matrix = namespaceMatrix(view, names)
  if (matrix.names.length < 3 || matrix.names.length > MOST_COLUMNS) return undefined
  const { space } = view.reach.headers
  const letters = new Map<Bdd, string>()
  const symbol = (all: Bdd, some: Bdd): string => {
    if (some === NONE) return '.'
    const [set, mark] = all === NONE ? [some, '~'] : [all, all === some ? '' : '+']
    if (EVERYTHING.includes(portWords(space, set))) return `*${mark}`
    let letter = letters.get(set)
    if (letter === undefined) letters.set(set, (letter = letterOf(letters.size)))
    return `${letter}${mark}`
  }
  const label = (index: number): string => (matrix.world === index ? 'w' : String(index + 1))
  const width = nameWidth(matrix.names, matrix.names.length)
  const rows = matrix.names.flatMap((name, from) => {
    const cells = matrix.names.map((_, to) => {
      const cell = matrix.cellOf(from, to)
      return (cell === undefined ? '-' : symbol(cell.all, cell.some)).padEnd(3)
    })
    return columnLines([label(from).padStart(3), name, cells.join(' ')], [3, width])
  })
  return [
    `${'namespace \\ namespace'.padEnd(width + 6)} ${matrix.names.map((_, index) => label(index).padEnd(3)).join(' ')}`.trimEnd(),
    ...rows,
    '',
    '  *  everything   .  nothing   ~  for some of the pods only   +  for some more',
    ...[...letters].flatMap(([set, letter]) => legendLines(letter, portWords(space, set, MOST_PORTS))),
    '',
    'pods by name: --from, --to and --port ask about some of them, -o wide shows all',
  ]
}

function linkLines(view: ReachView, names: GroupNames, most: number): readonly string[] {
  const { groups, links } = view
  // Of those who were asked about, who may be few.
  if (links.length === 0) return ['nothing gets through']
  const name = (index: number, side: Side): string => {
    const group = groups[index]
    return group === undefined ? '' : names.nameOf(group, side)
  }
  const rows = links
    .slice(0, most)
    .map(link => [
      name(link.from, 'source'),
      name(link.to, 'destination'),
      linkParts(view, link, most === Infinity ? Infinity : MOST_PORTS).join('; '),
    ])
  const all = [['FROM', 'TO', 'PORTS'], ...rows]
  const widths = [0, 1].map(column => widest(all.map(row => row[column] ?? '')))
  const [from = 0, to = 0] = most === Infinity ? widths : widths.map(width => Math.min(NAME_WIDTH, width))
  const ports = most === Infinity ? Infinity : Math.max(NAME_WIDTH / 2, LINE_WIDTH - 4 - from - to)
  const left = links.length - rows.length
  return [
    ...all.flatMap(row => columnLines(row, [from, to, ports])),
    ...(left > 0 ? ['', `and ${left} more: --from, --to and --port ask about some, -o wide shows all`] : []),
  ]
}

function doubtLines({ links }: ReachView): readonly string[] {
  const found = DOUBTS.filter(doubt => links.some(({ doubts }) => doubts.includes(doubt)))
  return found.length === 0 ? [] : [...found.flatMap(doubt => wrap(`perhaps: ${DOUBT_WORDS[doubt]}`, '')), '']
}

function summary({ reach, groups, links }: ReachView): string {
  const pods = new Set(groups.flatMap(({ pods: own }) => own.map(({ name }) => name))).size
  const podGroups = groups.filter(({ kind }) => kind === 'pods').length
  const without = reach.without.length
  const alike = podGroups < pods ? ` in ${podGroups} ${podGroups === 1 ? 'group' : 'groups'}` : ''
  const left =
    without === 0 ? '' : `; ${without} ${without === 1 ? 'pod has' : 'pods have'} no IPv${reach.ipVersion} address`
  return `${pods} ${pods === 1 ? 'pod' : 'pods'}${alike}, ${links.length} ${links.length === 1 ? 'connection' : 'connections'}, IPv${reach.ipVersion}${left}`
}
