// Tables that the text of a node does not show, and whether they matter: Felix has rules in each of its four.

import { readChainName } from '../calico/read-chain-name.ts'
import { orList } from '../text/wording.ts'
import { TABLE_NAMES, type TableName } from '../model/ruleset.ts'
import type { Walk } from '../walk/steps.ts'
import type { Scene } from './scene.ts'
import type { TraceNote } from './way.ts'

export interface MissingTables {
  /** In the order in which packets meet them; none where the rules were compiled. */
  readonly names: readonly TableName[]
  /** Whether policies of host endpoints are asked: raw and mangle then say which of them need not be asked later. */
  readonly hasHostChains: boolean
}

export function missingTables({ tables: { tables }, isText }: Scene): MissingTables {
  const names = isText ? TABLE_NAMES.filter(name => !tables.some(table => table.name === name)) : []
  const isOfHost = (name: string): boolean => readChainName(name)?.bearer === 'host'
  const hasHostChains = names.length > 0 && tables.some(({ userChains }) => [...userChains.keys()].some(isOfHost))
  return { names, hasHostChains }
}

export function missingTablesNote(
  { names: missing }: MissingTables,
  node: string | undefined,
  { ipVersion }: Scene,
): TraceNote {
  const whose = node === undefined ? "the node's text" : `the text of node ${node}`
  const names = `${missing.length === 1 ? 'table' : 'tables'} ${orList(missing, 'or')}`
  const tool = ipVersion === 4 ? 'iptables-save' : 'ip6tables-save'
  const text = `${whose} has no ${names}: what the rules there do to the packet is not known; give all that \`${tool}\` prints with --rules`
  return { kind: 'not-in-this-text', text }
}

/** Whether rules that are not shown may make something else of a packet: what has got through may be lost, and the other way round. */
export function mayEndOtherwise(walk: Walk, { names, hasHostChains }: MissingTables, scene: Scene): boolean {
  if (names.length === 0) return false
  if (walk.verdict === 'accept') return true
  const { decidedBy } = walk
  const isBehind = (name: TableName): boolean =>
    decidedBy !== undefined &&
    (decidedBy.hook === 'PREROUTING' || decidedBy.hook === 'OUTPUT') &&
    TABLE_NAMES.indexOf(name) >= TABLE_NAMES.findIndex(found => found === decidedBy.table)
  const before = names.filter(name => !isBehind(name))
  const setsMarks = before.includes('raw') || before.includes('mangle')
  return (before.includes('nat') && isTranslatable(walk, scene)) || (setsMarks && hasHostChains)
}

/** Whether kube-proxy may have sent it on: not what is for a pod already. */
function isTranslatable({ packet, state }: Walk, { workloadOf, route, isWorkloadInterface }: Scene): boolean {
  if (state !== 'NEW' && state !== 'RELATED') return false
  const towards = route(packet.destination)
  const isPods = towards.kind === 'out' && towards.isGuess !== true && isWorkloadInterface(towards.interfaceName)
  return !isPods && workloadOf(packet.destination) === undefined
}
