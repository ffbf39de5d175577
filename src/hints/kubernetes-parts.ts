// What a Kubernetes NetworkPolicy is made of: the fields of each part, what other formats call them, and values that stand for one.

import {
  foreignOfPeer,
  foreignOfSelector,
  moveIntoSelector,
  takeExcept,
  takePortsOut,
  takeProtocol,
} from './kubernetes-hints.ts'
import { readBlock, readLabels, readPort, readSelector } from './kubernetes-values.ts'
import { type Parts, wordsOf } from './parts.ts'
import { isScalar, readDirections } from './shape-rewrites.ts'

export const KUBERNETES_PARTS: Parts = {
  spec: {
    fields: { podSelector: 'selector', policyTypes: 'direction[]', ingress: 'rule[]', egress: 'rule[]' },
    words: wordsOf({
      podSelector: 'selector endpointSelector pods',
      policyTypes: 'types',
      ingress: 'inbound in ingressRules',
      egress: 'outbound out egressRules',
    }),
  },
  rule: {
    prepare: (rule, path, shape) => {
      for (const side of ['from', 'to']) takePortsOut(rule[side], rule, [...path, side], path, shape)
      takeProtocol(rule, path, shape)
    },
    fields: { from: 'peer[]', to: 'peer[]', ports: 'port[]' },
    words: wordsOf({
      from: 'source sources src',
      to: 'destination destinations dst dest',
      ports: 'port',
    }),
  },
  peer: {
    prepare: (peer, path, shape) => {
      moveIntoSelector(peer, path, shape)
      takeExcept(peer, path, shape)
    },
    foreign: foreignOfPeer,
    fill: peer => {
      peer['podSelector'] = {}
    },
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
    foreign: foreignOfSelector,
    fields: { matchLabels: 'labels', matchExpressions: 'expression[]' },
    words: wordsOf({ matchLabels: 'labels' }),
    read: readSelector,
  },
  direction: { fits: isScalar, read: readDirections },
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
      endPort: 'end',
    }),
    read: readPort,
  },
  block: {
    fields: { cidr: 'value', except: 'texts' },
    words: wordsOf({ cidr: 'cidrs net nets ip block', except: 'exclude excludes not notNets' }),
    read: readBlock,
  },
}
