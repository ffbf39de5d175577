// What an audit is given to compare with, changed: the input, the host, the name of the node.

import { parseAllDocuments } from 'yaml'
import type { CauseKind } from '../../../src/audit/cause.ts'
import type { RecordedNode } from '../recorded-nodes.ts'
import type { Maker } from './damage.ts'

interface Item {
  kind: string
  metadata: { name: string; namespace?: string; labels?: Record<string, string> }
  spec?: Record<string, unknown>
  items?: Item[]
}

/** The input with objects changed: undefined leaves one out. */
function withInput(node: RecordedNode, change: (item: Item) => Item | undefined): Partial<RecordedNode> {
  const kept = itemsOf(node).flatMap(item => change(structuredClone(item)) ?? [])
  const text = kept.map(item => JSON.stringify(item)).join('\n---\n')
  return { input: { ...node.input, text } }
}

function itemsOf(node: RecordedNode): readonly Item[] {
  const documents = parseAllDocuments(node.input.text).map(document => document.toJS() as Item | null)
  return documents.flatMap(one => (one === null ? [] : (one.items ?? [one])))
}

const isItem =
  (one: Item) =>
  (other: Item): boolean =>
    one.kind === other.kind &&
    one.metadata.name === other.metadata.name &&
    one.metadata.namespace === other.metadata.namespace

export const itemGone =
  (kinds: readonly string[], fits: (item: Item) => boolean, causes: readonly CauseKind[]): Maker =>
  ({ node, seed }) => {
    const item = seed.pick(itemsOf(node).filter(one => kinds.includes(one.kind) && fits(one)))
    if (item === undefined) return undefined
    const is = isItem(item)
    return {
      what: `the input has no ${item.kind} ${item.metadata.namespace ?? ''}/${item.metadata.name} any more`,
      node: withInput(node, one => (is(one) ? undefined : one)),
      wants: [],
      causes,
    }
  }

export const itemEdited =
  (
    kinds: readonly string[],
    what: string,
    edit: (item: Item) => Item | undefined,
    causes: readonly CauseKind[],
  ): Maker =>
  ({ node, seed }) => {
    const able = itemsOf(node).filter(one => kinds.includes(one.kind) && edit(structuredClone(one)) !== undefined)
    const item = seed.pick(able)
    if (item === undefined) return undefined
    const is = isItem(item)
    return {
      what: `${item.kind} ${item.metadata.namespace ?? ''}/${item.metadata.name}: ${what}`,
      node: withInput(node, one => (is(one) ? edit(one) : one)),
      wants: [],
      causes,
    }
  }

export function changePort(item: Item): Item | undefined {
  const text = JSON.stringify(item)
  const changed = text.replace(/("ports":\[)(\{"port":\d+|\d+)/, (_, head: string, port: string) =>
    port.startsWith('{') ? `${head}{"port":9191` : `${head}9191`,
  )
  return changed === text ? undefined : (JSON.parse(changed) as Item)
}

const rulesIn = (item: Item): unknown[] | undefined =>
  [item.spec?.ingress, item.spec?.egress].find((list): list is unknown[] => Array.isArray(list) && list.length > 0)

export function dropLastRule(item: Item): Item | undefined {
  rulesIn(item)?.pop()
  return rulesIn(item) === undefined ? undefined : item
}

/** Of a pod of the node. */
export function changeLabels(item: Item): Item | undefined {
  if (item.metadata.labels === undefined || item.spec?.nodeName !== 'node-1') return undefined
  item.metadata.labels = { other: 'label' }
  return item
}

const FRESH = `apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: fresh}
spec: {selector: all(), order: 5, ingress: [{action: Deny, protocol: TCP, destination: {ports: [4444]}}, {action: Pass}], egress: [{action: Pass}]}
`

export const policyAdded: Maker = ({ node }) => ({
  what: 'a policy more in the input',
  node: { input: { ...node.input, text: `${node.input.text}\n---\n${FRESH}` } },
  wants: [],
  causes: ['policy-added'],
})

export const wrongHost: Maker = ({ node }) => {
  const host = node.host.map(file => ({ ...file, text: file.text.replaceAll('10.240.0.11', '10.240.0.99') }))
  return { what: 'host.json of another node', node: { host }, wants: [], causes: ['wrong-host'] }
}

export const wrongNode: Maker = () => ({
  what: 'node-2 asked',
  node: { node: 'node-2' },
  wants: [],
  causes: ['wrong-node'],
})
