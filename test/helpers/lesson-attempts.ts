// What learners write instead of the solution: other right answers, which a lesson has to take, and near misses, which it must not.

export interface Attempt {
  /** Number of the lesson. */
  readonly lesson: number
  readonly what: string
  readonly isRight: boolean
  /** Replacements in the file of the solution that holds the text. */
  readonly edits: readonly (readonly [from: string, to: string])[]
}

function right(lesson: number, what: string, ...edits: Attempt['edits']): Attempt {
  return { lesson, what, isRight: true, edits }
}

function wrong(lesson: number, what: string, ...edits: Attempt['edits']): Attempt {
  return { lesson, what, isRight: false, edits }
}

const DB_ON_NODE_1 = 'labels: { app: db } }\nspec:\n  nodeName: node-1'
const DB_POLICY = 'podSelector: { matchLabels: { app: db } }'
const BACKUP = "source: { namespaceSelector: team == 'ops', selector: app == 'backup' }"
const OUT_FAIL_SAFES = `  failsafeOutboundHostPorts:
    - { protocol: tcp, port: 6443 }
    - { protocol: tcp, port: 5473 }
    - { protocol: udp, port: 53 }
`

export const ATTEMPTS: readonly Attempt[] = [
  right(1, 'a label beside it', [DB_ON_NODE_1, 'labels: { app: db, tier: data } }\nspec:\n  nodeName: node-1']),
  right(1, 'front moved as well, as nobody forbade', [
    'labels: { app: front } }\nspec:\n  nodeName: node-1',
    'labels: { app: front } }\nspec:\n  nodeName: node-2',
  ]),
  wrong(1, 'a node that is not there', [DB_ON_NODE_1, DB_ON_NODE_1.replace('node-1', 'node-3')]),
  right(2, 'an expression in the place of a label', [
    DB_POLICY,
    'podSelector: { matchExpressions: [{ key: app, operator: In, values: [db] }] }',
  ]),
  right(2, 'an empty list of rules', ['policyTypes: [Ingress]', 'policyTypes: [Ingress]\n  ingress: []']),
  wrong(2, 'one empty rule, which allows all', ['policyTypes: [Ingress]', 'policyTypes: [Ingress]\n  ingress: [{}]']),
  wrong(2, 'every pod', [DB_POLICY, 'podSelector: {}']),
  right(3, 'all but web, which is closed already', [
    'podSelector: {}',
    'podSelector: { matchExpressions: [{ key: app, operator: NotIn, values: [web] }] }',
  ]),
  right(3, 'a policy of Calico for the namespace', [
    `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: default-deny, namespace: shop }
spec:
  podSelector: {}
  policyTypes: [Ingress]`,
    `apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: { name: default-deny, namespace: shop }
spec:
  selector: all()
  types: [Ingress]`,
  ]),
  wrong(3, 'egress as well', [
    'podSelector: {}\n  policyTypes: [Ingress]',
    'podSelector: {}\n  policyTypes: [Ingress, Egress]',
  ]),
  right(4, 'the protocol is said', ['ports: [{ port: 5432 }]\n---', 'ports: [{ port: 5432, protocol: TCP }]\n---']),
  right(4, 'an expression in the place of a label', [
    '- to: [{ podSelector: { matchLabels: { app: db } } }]',
    '- to: [{ podSelector: { matchExpressions: [{ key: app, operator: In, values: [db] }] } }]',
  ]),
  wrong(4, 'two items in the place of one', ['app: db } } }]\n      ports', 'app: db } } }]\n    - ports']),
  right(5, 'the same order as the first, where the name decides', ['order: 50', 'order: 100']),
  right(5, 'a negative order', ['order: 50', 'order: -1']),
  wrong(5, 'between the other two', ['order: 50', 'order: 150']),
  right(6, 'just before', ['order: 500', 'order: 999.5']),
  right(
    6,
    'a tier of its own that hands on',
    ['  order: 500\n', '  order: 500\n  tier: security\n'],
    [
      '      source: { nets: [198.51.100.0/24] }',
      '      source: { nets: [198.51.100.0/24] }\n    - action: Pass\n---\napiVersion: projectcalico.org/v3\nkind: Tier\nmetadata: { name: security }\nspec: { order: 1 }',
    ],
  ),
  wrong(6, 'just behind', ['order: 500', 'order: 1001']),
  wrong(6, 'no order', ['  order: 500\n', '']),
  right(7, 'Pass for those who are not denied', [
    '- action: Pass',
    '- action: Pass\n      source: { notNets: [198.51.100.0/24] }',
  ]),
  right(7, 'in a policy of its own behind', [
    '    - action: Pass\n',
    `---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: { name: guard-rest }
spec: { tier: platform, order: 20, selector: "app in {'front', 'web', 'db'}", types: [Ingress], ingress: [{ action: Pass }] }
`,
  ]),
  wrong(7, 'above the Deny', ['    - action: Deny', '    - action: Pass\n    - action: Deny']),
  wrong(7, 'Allow in the place of Pass', ['- action: Pass', '- action: Allow']),
  right(8, 'the namespace by its name', [
    BACKUP,
    BACKUP.replace("team == 'ops'", "kubernetes.io/metadata.name == 'tools'"),
  ]),
  right(8, 'in the order of the other two fields', [
    BACKUP,
    "source: { selector: app == 'backup', namespaceSelector: team == 'ops' }",
  ]),
  wrong(8, 'the whole namespace', [BACKUP, "source: { namespaceSelector: team == 'ops' }"]),
  wrong(8, 'its address', [BACKUP, 'source: { nets: [10.65.1.21/32] }']),
  right(9, 'with the protocol', [
    '- action: Allow\n      destination: { services',
    '- action: Allow\n      protocol: TCP\n      destination: { services',
  ]),
  wrong(9, 'the pod and every port', [
    'destination: { services: { name: web, namespace: shop } }',
    "destination: { selector: app == 'web' }",
  ]),
  wrong(9, 'a service that is not there', ['name: web, namespace: shop } }', 'name: wbe, namespace: shop } }']),
  right(10, 'to the front', ['order: 40', 'order: 5']),
  right(10, 'the other one moved', ['order: 40', 'order: 20'], ['order: 30', 'order: 15']),
  wrong(10, 'still between', ['order: 40', 'order: 25']),
  right(11, 'as a decimal', ['0xff000000', '4278190080']),
  wrong(11, 'the lower half of the upper sixteen', ['0xff000000', '0x00ff0000']),
  right(12, 'no order', ['  order: 3000\n', '']),
  right(12, 'a Log at the end of the policy itself', ['  order: 3000\n', '  order: 3001\n']),
  wrong(
    12,
    'in front, for others than front',
    ['order: 3000', 'order: 50'],
    ['- action: Log', "- action: Log\n      source: { notSelector: app == 'front' }"],
  ),
  right(
    13,
    'two policies',
    ['  types: [Ingress, Egress]', '  types: [Ingress]'],
    [
      '  egress:\n    - action: Allow',
      `---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: { name: node-out }
spec: { selector: role == 'node', types: [Egress], egress: [{ action: Allow }] }`,
    ],
  ),
  right(13, 'types as the rules have them', ['  types: [Ingress, Egress]\n', '']),
  wrong(13, 'any source', ['      source: { nets: [203.0.113.0/24] }\n', '']),
  wrong(13, 'only ingress', ['[Ingress, Egress]', '[Ingress]']),
  right(14, 'two ranges', ["ports: ['30000:32767']", "ports: ['30000:31000', '31001:32767']"]),
  right(14, 'UDP as well', [
    "protocol: TCP\n      destination: { ports: ['30000:32767'] }",
    "protocol: TCP\n      destination: { ports: ['30000:32767'] }\n    - action: Deny\n      protocol: UDP\n      destination: { ports: ['30000:32767'] }",
  ]),
  wrong(14, 'on forward, but behind DNAT', ['  preDNAT: true\n', '']),
  wrong(14, 'preDNAT alone, which Calico does not take', ['  applyOnForward: true\n', '']),
  right(15, 'the ports of the node and the pod in two rules', [
    'destination: { ports: [8080, 9100] }',
    'destination: { ports: [8080] }\n    - action: Allow\n      protocol: TCP\n      destination: { ports: [9100] }',
  ]),
  wrong(15, 'and everything allowed behind it', [
    'destination: { ports: [8080, 9100] }',
    'destination: { ports: [8080, 9100] }\n    - action: Allow',
  ]),
  wrong(15, 'switched off', ['applyOnForward: true', 'applyOnForward: false']),
  right(16, 'types as the rules have them', ['  types: [Ingress, Egress]\n', '']),
  wrong(16, 'everything goes out', ['      source: { ports: [53] }\n', '']),
  wrong(16, 'to port 53', ['source: { ports: [53] }', 'destination: { ports: [53] }']),
  right(17, 'the usual ports', [OUT_FAIL_SAFES, '']),
  right(17, 'only to one net', ['port: 6443 }', 'port: 6443, net: 192.0.2.0/24 }']),
  wrong(17, 'without Typha', ['    - { protocol: tcp, port: 5473 }\n', '']),
  wrong(17, 'the usual ones in both directions', [OUT_FAIL_SAFES, ''], ['  failsafeInboundHostPorts: []\n', '']),
  right(18, 'said for IPv6', [
    "- action: Deny\n      source: { nets: ['2001",
    "- action: Deny\n      ipVersion: 6\n      source: { nets: ['2001",
  ]),
  right(
    18,
    'in the other order',
    ['    - action: Deny\n      source: { nets: [198.51.100.0/24] }\n', ''],
    [
      "source: { nets: ['2001:db8:bad::/48'] }",
      "source: { nets: ['2001:db8:bad::/48'] }\n    - action: Deny\n      source: { nets: [198.51.100.0/24] }",
    ],
  ),
  wrong(
    18,
    'both versions in one rule',
    ["    - action: Deny\n      source: { nets: ['2001:db8:bad::/48'] }\n", ''],
    ['nets: [198.51.100.0/24]', "nets: [198.51.100.0/24, '2001:db8:bad::/48']"],
  ),
  wrong(18, 'ICMP for both', ['protocol: ICMPv6', 'protocol: ICMP']),
  right(19, 'another order of the policy', ['order: 100', 'order: 7']),
  wrong(19, 'another net with the same effect', ['nets: [10.65.0.0/16]', 'nets: [10.65.0.10/32]']),
  wrong(19, 'front left out by its label', ['nets: [10.65.0.12/32]', "selector: app == 'front'"]),
  right(20, 'another priority', ['priority: 30', 'priority: 5']),
  wrong(20, 'in the tier behind', ['tier: Admin', 'tier: Baseline']),
  wrong(20, 'the upgrade without the guard', [
    'policy.networking.k8s.io/v1alpha2',
    'policy.networking.k8s.io/v1alpha1',
  ]),
]
