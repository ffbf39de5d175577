// What Calico's policies, host endpoints, network sets and tiers are made of: fields, what other formats call them, and values
// that stand for a part.

import { foreignOfEntity, prepareRule } from './calico-rule-hints.ts'
import {
  readAccounts,
  readAddress,
  readEndpointPort,
  readEntity,
  readIcmp,
  readRule,
  readRuleNet,
  readRulePort,
  readSelectorText,
  readService,
} from './calico-values.ts'
import { type Parts, wordsOf } from './parts.ts'
import { isScalar, readDirections } from './shape-rewrites.ts'
import { CALICO_RULE_FIELDS, CALICO_SPEC_FIELDS } from './vocabulary.ts'

const NETS = 'cidr cidrs net ip ips ipBlock ipBlocks address addresses network networks subnet subnets'

/** Fields that are looked at elsewhere, beside those that are looked at here. */
function fieldsOf(names: readonly string[], parts: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return { ...Object.fromEntries(names.map(name => [name, 'value'])), ...parts }
}

const POLICY = fieldsOf(CALICO_SPEC_FIELDS, {
  selector: 'selector',
  namespaceSelector: 'selector',
  serviceAccountSelector: 'selector',
  types: 'direction[]',
  performanceHints: 'texts',
  ingress: 'rule[]',
  egress: 'rule[]',
})

export const CALICO_PARTS: Parts = {
  policy: {
    fields: POLICY,
    words: wordsOf({
      selector: 'podSelector endpointSelector',
      types: 'policyTypes',
      order: 'priority weight',
      ingress: 'inbound in ingressRules',
      egress: 'outbound out egressRules',
    }),
  },
  profile: { fields: { ingress: 'rule[]', egress: 'rule[]', labelsToApply: 'value' } },
  rule: {
    prepare: prepareRule,
    fields: fieldsOf(CALICO_RULE_FIELDS, { source: 'entity', destination: 'entity', icmp: 'icmp', notICMP: 'icmp' }),
    words: wordsOf({
      source: 'from src sources',
      destination: 'to dst dest destinations',
      protocol: 'proto protocols',
      action: 'verdict',
      ipVersion: 'ip_version ipFamily',
    }),
    read: readRule,
  },
  entity: {
    foreign: foreignOfEntity,
    fields: {
      nets: 'net[]',
      notNets: 'net[]',
      selector: 'selector',
      notSelector: 'selector',
      namespaceSelector: 'selector',
      ports: 'port[]',
      notPorts: 'port[]',
      serviceAccounts: 'accounts',
      services: 'service',
    },
    words: wordsOf({
      nets: NETS,
      notNets: 'notNet except exclude excludes',
      selector: 'podSelector endpointSelector matchLabels labels pods',
      ports: 'port containerPort targetPort portNumber number',
      notPorts: 'notPort',
    }),
    read: readEntity,
  },
  direction: { fits: isScalar, read: readDirections },
  selector: { fits: isScalar, read: readSelectorText },
  net: { fits: isScalar, read: readRuleNet },
  port: { fits: isScalar, read: readRulePort },
  accounts: {
    fields: { names: 'texts', selector: 'selector' },
    words: wordsOf({ selector: 'matchLabels labels' }),
    read: readAccounts,
  },
  service: { fields: { name: 'value', namespace: 'value' }, words: wordsOf({ namespace: 'ns' }), read: readService },
  icmp: { fields: { type: 'value', code: 'value' }, read: readIcmp },
  hostEndpoint: {
    fields: {
      node: 'value',
      interfaceName: 'value',
      expectedIPs: 'address[]',
      profiles: 'texts',
      ports: 'endpointPort[]',
    },
    words: wordsOf({
      node: 'nodeName host hostname',
      interfaceName: 'interface iface ifname',
      expectedIPs: 'ip ips addresses',
      profiles: 'profile',
    }),
  },
  endpointPort: {
    fields: { name: 'value', protocol: 'value', port: 'value' },
    words: wordsOf({ port: 'number containerPort', protocol: 'proto' }),
    read: readEndpointPort,
  },
  address: { fits: isScalar, read: readAddress },
  networkSet: { fields: { nets: 'looseNet[]' }, words: wordsOf({ nets: NETS }) },
  looseNet: { fits: isScalar, read: value => (isScalar(value) ? undefined : readRuleNet(value)) },
  tier: {
    fields: { order: 'value', defaultAction: 'value' },
    words: wordsOf({ order: 'priority weight', defaultAction: 'action' }),
  },
}
