// Policies whose lines are indented wrongly: where each line belongs follows from the names of its fields. Used only for
// documents that cannot be read as they stand, so that one wrong indentation is one message and the rest is still checked.

import type { TextEdit } from '../text/mend.ts'
import { METADATA_FIELDS, TOP_FIELDS, type Vocabulary, vocabularyOf } from './vocabulary.ts'

export interface IndentationFault {
  /** Offsets of the field that stands wrong. */
  readonly start: number
  readonly end: number
  /** Fields that are out of place together, the first one first. */
  readonly names: readonly string[]
  /** Blanks in front of it, and how many there should be. */
  readonly found: number
  readonly wanted: number
  /** The field that holds it, such as `spec`; empty at the top. */
  readonly parent: string
}

export interface Reindented {
  readonly faults: readonly IndentationFault[]
  readonly edits: readonly TextEdit[]
}

/** A mapping or list that is open while lines are read. */
interface Block {
  readonly role: 'top' | 'metadata' | 'spec' | 'rules' | 'rule' | 'entity' | 'list' | 'other'
  readonly name: string
  /** Blanks in front of its fields as written; undefined before the first. */
  written: number | undefined
  /** Blanks in front of its fields as mended. */
  readonly mended: number
  readonly fields: Set<string>
  /** Where its key may be taken to stand: as written, and where it should. The lower of the two bounds what is inside. */
  readonly floor: number
  /** By how much what is inside will move along with its key. */
  readonly shift: number
  /** The last fault among its fields, as an index. */
  lastFault: number | undefined
}

const LINE = /^([ ]*)((?:- +)*)(?:(-)$|(?:(?:"([^"]*)"|'([^']*)'|([A-Za-z][\w./-]*)) *:(?: +(.*))?$|(.*)$))/s

const MAX_LENGTH = 200_000

/** Undefined where the lines do not look like one policy resource. */
export function reindent(text: string): Reindented | undefined {
  if (text.length > MAX_LENGTH || text.includes('\t')) return undefined
  const apiVersion = /^[ ]*apiVersion: *["']?([^\s"']+)/m.exec(text)?.[1]
  const kind = /^[ ]*kind: *["']?([^\s"']+)/m.exec(text)?.[1]
  const vocabulary = kind === undefined ? undefined : vocabularyOf(apiVersion ?? '', kind)
  return vocabulary === undefined ? undefined : new Reindenter(vocabulary, text).run()
}

class Reindenter {
  readonly #vocabulary: Vocabulary
  readonly #text: string
  readonly #edits: TextEdit[] = []
  readonly #faults: IndentationFault[] = []
  #stack: Block[]

  constructor(vocabulary: Vocabulary, text: string) {
    this.#vocabulary = vocabulary
    this.#text = text
    const columns = [...text.matchAll(/^([ ]*)(?:apiVersion|kind|metadata|spec):/gm)].map(
      ([, blanks]) => blanks?.length ?? 0,
    )
    this.#stack = [block('top', '', 0, mostFrequent(columns))]
  }

  run(): Reindented | undefined {
    let offset = 0
    for (const line of this.#text.split('\n')) {
      const content = line.replace(/\r$/, '')
      if (content.trim() !== '' && !/^\s*#/.test(content) && !/^(---|\.\.\.)/.test(content)) {
        if (!this.#line(content, offset)) return undefined
      }
      offset += line.length + 1
    }
    return { faults: this.#faults, edits: this.#edits }
  }

  /** False where the line is none that can be placed. */
  #line(line: string, offset: number): boolean {
    const match = LINE.exec(line)
    if (match === null) return false
    const [, blanks = '', dashes = '', bareDash, double, single, plain] = match
    const key = double ?? single ?? plain
    const value = (match[7] ?? '').replace(/(^|\s)#[^]*/, '').trim()
    if (/^[|>]/.test(value)) return false
    const isItem = dashes !== '' || bareDash !== undefined
    const column = blanks.length
    if (isItem && this.#openList(key) === undefined) return false
    if (isItem) return this.#item(column, dashes.length, key, value, offset)
    return key === undefined ? false : this.#field(key, value, column, offset)
  }

  #top(): Block {
    // INVARIANT: the block of the document itself is never closed.
    return this.#stack.at(-1) ?? block('top', '', 0, 0)
  }

  /** The innermost list that an item may belong to, with what is inside it closed. */
  #openList(key: string | undefined): Block | undefined {
    const fits = ({ role }: Block): boolean =>
      key !== undefined && this.#vocabulary.rule.includes(key)
        ? role === 'rules'
        : role === 'list' || (key !== undefined && role === 'rules')
    const index = this.#stack.findLastIndex(fits)
    if (index < 0) return undefined
    this.#stack = this.#stack.slice(0, index + 1)
    return this.#stack[index]
  }

  #item(column: number, dashWidth: number, key: string | undefined, value: string, offset: number): boolean {
    const list = this.#top()
    this.#place(column, list, '-', offset)
    if (key === undefined) return true
    // Fields of the item stand where its first field stands, whatever the lines below say.
    const role = list.role === 'rules' ? 'rule' : 'entity'
    const item = block(role, list.name, list.mended + dashWidth, (list.written ?? column) + dashWidth)
    this.#stack.push(item)
    this.#open(key, value, item, column + dashWidth)
    return true
  }

  #field(key: string, value: string, column: number, offset: number): boolean {
    const owner = this.#ownerOf(key, column)
    if (owner === undefined) return false
    this.#stack = this.#stack.slice(0, this.#stack.indexOf(owner) + 1)
    this.#place(column, owner, key, offset)
    this.#open(key, value, owner, column)
    return true
  }

  /** The open block that a field belongs to: one that knows its name and has not had it, the one of its column first. */
  #ownerOf(key: string, column: number): Block | undefined {
    const known = this.#stack.filter(block => this.#namesOf(block).includes(key) && !block.fields.has(key))
    const aligned = known.findLast(({ written }) => written === column)
    if (aligned !== undefined) return aligned
    if (known.length > 0) {
      const distance = ({ written }: Block): number => (written === undefined ? 0 : Math.abs(written - column))
      return known.reduceRight((best, block) => (distance(block) < distance(best) ? block : best))
    }
    // A name that is no field of a policy: a label, or a mistake that is named once the text can be read.
    return (
      this.#stack.findLast(({ written }) => written === column) ??
      this.#stack.findLast(({ written, role }) => role === 'other' && written === undefined)
    )
  }

  #namesOf({ role }: Block): readonly string[] {
    switch (role) {
      case 'top':
        return TOP_FIELDS
      case 'metadata':
        return METADATA_FIELDS
      case 'spec':
        return this.#vocabulary.spec
      case 'rule':
        return this.#vocabulary.rule
      case 'entity':
        return this.#vocabulary.entity
      default:
        return []
    }
  }

  #open(key: string, value: string, owner: Block, column: number): void {
    owner.fields.add(key)
    if (value !== '') return
    const role = this.#roleOf(key, owner)
    const mended = owner.mended + (isList(role) ? 0 : 2)
    const right = (owner.written ?? column) + owner.shift
    this.#stack.push({ ...block(role, key, mended, undefined), floor: Math.min(column, right), shift: right - column })
  }

  #roleOf(key: string, owner: Block): Block['role'] {
    if (owner.role === 'top') return key === 'metadata' || key === 'spec' ? key : 'other'
    if (owner.role === 'spec' && (key === 'ingress' || key === 'egress')) return 'rules'
    if (owner.role === 'rule' && (key === 'source' || key === 'destination')) return 'entity'
    return [
      'types',
      'nets',
      'notNets',
      'ports',
      'notPorts',
      'policyTypes',
      'from',
      'to',
      'expectedIPs',
      'profiles',
      'performanceHints',
      'names',
    ].includes(key)
      ? 'list'
      : 'other'
  }

  #place(column: number, owner: Block, name: string, offset: number): void {
    const least = owner.floor + (isList(owner.role) ? 0 : 1)
    const expected = owner.written ?? (column < least ? owner.floor + (isList(owner.role) ? 0 : 2) : column)
    if (owner.written === undefined) owner.written = expected
    if (column !== expected) this.#report(column, expected, owner, name, offset)
    if (column !== owner.mended)
      this.#edits.push({ start: offset, end: offset + column, text: ' '.repeat(owner.mended) })
  }

  #report(found: number, wanted: number, owner: Block, name: string, offset: number): void {
    const last = owner.lastFault === undefined ? undefined : this.#faults[owner.lastFault]
    // Fields of one mapping that are out by as much are one fault: they were moved together.
    if (owner.lastFault !== undefined && last !== undefined && last.found === found) {
      if (name !== '-') this.#faults[owner.lastFault] = { ...last, names: [...last.names, name] }
      return
    }
    owner.lastFault = this.#faults.length
    this.#faults.push({
      start: offset + found,
      end: offset + found + name.length,
      names: [name],
      found,
      wanted,
      parent: owner.name,
    })
  }
}

function isList(role: Block['role']): boolean {
  return role === 'list' || role === 'rules'
}

function block(role: Block['role'], name: string, mended: number, written: number | undefined): Block {
  return { role, name, written, mended, fields: new Set(), floor: -1, shift: 0, lastFault: undefined }
}

function mostFrequent(columns: readonly number[]): number {
  const counts = new Map<number, number>()
  for (const column of columns) counts.set(column, (counts.get(column) ?? 0) + 1)
  return [...counts].sort(([a, x], [b, y]) => y - x || a - b)[0]?.[0] ?? 0
}
