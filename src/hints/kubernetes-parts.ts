// What a Kubernetes NetworkPolicy is made of: the fields of each part, what other formats call them, and values that stand for one.

import { readBlock, readLabels, readPort, readSelector } from './kubernetes-values.ts'
import type { Mapping } from './shape-rewrites.ts'

export type PartName = 'spec' | 'rule' | 'peer' | 'selector' | 'labels' | 'expression' | 'port' | 'block'

/** What a field holds: a part, a list of them, a list of texts, or a value of its own. */
export type Content = PartName | `${PartName}[]` | 'texts' | 'value'

export interface Part {
  /** Undefined: its keys are the user's. */
  readonly fields?: Readonly<Record<string, Content>>
  readonly words?: Readonly<Record<string, string>>
  /** The part that a value of another type stands for in a field. */
  readonly read?: (value: unknown, field: string) => Mapping | undefined
}

/** Words of several fields, in one line each: `from: source src`. */
function wordsOf(lines: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(lines).flatMap(([field, words]) => words.split(' ').map(word => [word, field])),
  )
}

export const KUBERNETES_PARTS: Readonly<Record<PartName, Part>> = {
  spec: {
    fields: { podSelector: 'selector', policyTypes: 'texts', ingress: 'rule[]', egress: 'rule[]' },
    words: wordsOf({
      podSelector: 'selector endpointSelector pods',
      policyTypes: 'types',
      ingress: 'inbound in ingressRules input',
      egress: 'outbound out egressRules output',
    }),
  },
  rule: {
    fields: { from: 'peer[]', to: 'peer[]', ports: 'port[]' },
    words: wordsOf({
      from: 'source sources src fromEndpoints',
      to: 'destination destinations dst dest toEndpoints',
      ports: 'port toPorts',
    }),
  },
  peer: {
    fields: { podSelector: 'selector', namespaceSelector: 'selector', ipBlock: 'block' },
    words: wordsOf({
      podSelector: 'selector pods pod matchLabels labels',
      namespaceSelector: 'namespaces',
      ipBlock: 'ipBlocks cidr cidrs CIDR ip ips net nets networks address addresses subnet subnets',
    }),
    read: value => {
      const block = readBlock(value)
      return block === undefined ? undefined : { ipBlock: block }
    },
  },
  selector: {
    fields: { matchLabels: 'labels', matchExpressions: 'expression[]' },
    words: wordsOf({ matchLabels: 'labels' }),
    read: readSelector,
  },
  labels: { read: readLabels },
  expression: {
    fields: { key: 'value', operator: 'value', values: 'texts' },
    words: wordsOf({ key: 'label name', operator: 'op', values: 'value' }),
  },
  port: {
    fields: { port: 'value', protocol: 'value', endPort: 'value' },
    words: wordsOf({
      port: 'number portNumber containerPort targetPort servicePort name portName start ports',
      protocol: 'proto',
      endPort: 'end lastPort toPort',
    }),
    read: readPort,
  },
  block: {
    fields: { cidr: 'value', except: 'texts' },
    words: wordsOf({ cidr: 'cidrs net nets ip block', except: 'exclude excludes exceptions not notNets' }),
    read: readBlock,
  },
}
