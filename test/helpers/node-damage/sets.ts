// Sets and their members, changed by hand.

import { type Finding, isSetFinding } from '../../../src/audit/finding.ts'
import type { Editing, Maker } from './damage.ts'

interface Edit {
  readonly what: string
  readonly edit: (text: string) => string
  readonly missing: readonly string[]
  readonly extra: readonly string[]
}

/** @param damage of the line `add SET MEMBER` that is drawn */
function ofMember(damage: (line: string, set: string, member: string, editing: Editing) => Edit): Maker {
  return editing => {
    const line = editing.seed.pick(setLines(editing))
    if (line === undefined) return undefined
    const [, set = '', member = ''] = line.split(' ')
    const { what, edit, missing, extra } = damage(line, set, member, editing)
    const files = editing.node.files.map(file => (isSets(file) ? { ...file, text: edit(file.text) } : file))
    return {
      what,
      node: { files },
      wants: [foundSet(set, missing, extra)],
      causes: ['set-changed-by-hand', 'wrong-host'],
    }
  }
}

function isSets({ name }: { readonly name: string }): boolean {
  return /sets\.save$/.test(name)
}

function setLines({ node, version }: Editing): readonly string[] {
  const sets = node.files.find(isSets)?.text ?? ''
  return sets.split('\n').filter(line => line.startsWith(`add cali${version === 'v4' ? 4 : 6}`))
}

function foundSet(set: string, missing: readonly string[], extra: readonly string[]): (one: Finding) => boolean {
  return one =>
    isSetFinding(one) &&
    one.set === set &&
    one.kind === 'set-members' &&
    missing.every(member => one.missing.includes(member)) &&
    extra.every(member => one.extra.includes(member))
}

export const memberDeleted = ofMember((line, set, member) => ({
  what: `ipset del ${set} ${member}`,
  edit: text => text.replace(`${line}\n`, ''),
  missing: [member],
  extra: [],
}))

export const memberAdded = ofMember((line, set, member, { version }) => {
  const address = version === 'v4' ? '198.51.100.77' : '2001:db8:77::77'
  const added = member.includes(',') ? `${address}${member.replace(/^[^,]*/, '')}` : address
  return {
    what: `ipset add ${set} ${added}`,
    edit: text => text.replace(line, `${line}\nadd ${set} ${added}`),
    missing: [],
    extra: [added],
  }
})

export const setFlushed = ofMember((_, set, member) => ({
  what: `ipset flush ${set}`,
  edit: text => text.replace(new RegExp(`^add ${set} .*\n`, 'gm'), ''),
  missing: [member],
  extra: [],
}))

export const setMadeSmaller: Maker = editing => {
  const [, set = ''] = editing.seed.pick(setLines(editing))?.split(' ') ?? []
  if (set === '') return undefined
  const create = new RegExp(`^(?<made>create ${set} .*maxelem )\\d+`, 'm')
  const edit = (text: string): string => text.replace(create, '$<made>65536')
  return {
    what: `ipset create ${set} with maxelem 65536`,
    node: { files: editing.node.files.map(file => (isSets(file) ? { ...file, text: edit(file.text) } : file)) },
    wants: [one => isSetFinding(one) && one.set === set && one.kind === 'set-size' && one.size?.found === 65_536],
    causes: ['set-changed-by-hand'],
  }
}
