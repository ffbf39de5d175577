// Rules, sets and groups whose hashes are known from Calico itself: a hash is of everything before it in its chain, so that it alone
// tells whether a chain is right.

import t from 'tap'
import { mustCompile } from './helpers/build.ts'

const NODE = 'apiVersion: v1\nkind: Node\nmetadata: {name: node-1}'
/** Also what the kernel refuses: Felix makes the rules all the same. */
const FORCE = { force: true }
const policy = (kind: string, name: string, spec: string): string =>
  `apiVersion: projectcalico.org/v3\nkind: ${kind}\nmetadata: {name: ${name}}\nspec: ${spec}`
const ENDPOINT = policy('HostEndpoint', 'h', '{node: node-1, interfaceName: eth0}').replace(
  '{name: h}',
  '{name: h, labels: {app: web}}',
)

/** Rules of one chain of table filter, by the hash that Calico gives them. */
function hashesOf(text: string, chain: string): readonly string[] {
  const filter = text.slice(text.indexOf('*filter'))
  return filter
    .split('\n')
    .filter(line => line.startsWith(`-A ${chain} `))
    .map(line => /--comment "cali:([^"]{16})"/.exec(line)?.[1] ?? line)
}

/** Ingress rules of the GlobalNetworkPolicy `ex`, in flow style, and the hashes of its chain. */
const RULES: readonly (readonly [rules: string, hashes: readonly string[], ipVersion?: 6])[] = [
  ['{action: Allow}', ['5h8X3ecy1q3TSmqB']],
  ['{action: Deny, protocol: TCP}', ['mauQi5vgrj4WPq8O', 'B8G6JvyoXUyQcDCW']],
  ['{action: Pass}', ['W8QP7LeSjri6ljMM']],
  ['{action: Log, protocol: TCP}', ['bOdv9xOAFYUJnS0G']],
  ['{action: Log}, {action: Deny}', ['cFj4p_eKrB6XNRh7', '32c27FE94AW7c3z9', 'Qjosd1XzQD99rR1b']],
  [
    '{action: Allow, protocol: TCP, destination: {ports: [80]}}, {action: Allow, protocol: UDP}',
    ['SZIBCm-FLjaHTxJ-', 'KhTQHN0Up2n9cE9d', '6X96Atw83n1z0r6_'],
  ],
  [
    '{action: Allow, protocol: TCP, destination: {ports: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, "20:30", 40]}}',
    ['rhk_ohqRVC_I2Sf9', 'riSwNxlQ_a4nTq0w', 'msyP8jXnb27JNV-q', 'TKmHcr_wcHeC_8gF'],
  ],
  [
    '{action: Deny, source: {nets: [10.0.0.0/8, 11.0.0.0/8]}, destination: {nets: [12.0.0.0/8, 13.0.0.0/8]}}',
    [
      ...['rhk_ohqRVC_I2Sf9', 'Vuqf0Nbhla9Imchi', 'Wbcs747Eaj_ny-cm', 'PVICfo9CGkPkcRIr', 'ZZIIVygJCIByUzxh'],
      ...['MMYCvkJAVfmj-uqO', 'Sk3KJ6JD9_NqWR9T', '5mZSIV3M6qwYlDqb'],
    ],
  ],
  [
    '{action: Allow, source: {nets: [10.0.0.0/8, 11.0.0.0/8], notNets: [10.1.0.0/16]}}',
    ['rhk_ohqRVC_I2Sf9', 'Vuqf0Nbhla9Imchi', 'Wbcs747Eaj_ny-cm', 'MGsmhVfUEO-XHUGT'],
  ],
  [
    '{action: Allow, source: {nets: [10.0.0.0/8], notNets: [10.1.0.0/16]}}',
    ['vwPouxarfrRQ5qTG', '6kpUWqpuLcir5mVS', 'p9XXt7Ni5YjPQYSB'],
  ],
  [
    '{action: Allow, source: {notNets: [10.1.0.0/16, 10.2.0.0/16]}}',
    ['vwPouxarfrRQ5qTG', '6kpUWqpuLcir5mVS', 'e58dpBPfQqO_xwe6', 'bBbr_qSqKwTAfIJ-'],
  ],
  [
    `{action: Allow, protocol: TCP, destination: {notPorts: [${Array.from({ length: 16 }, (_, index) => index + 1).join(', ')}]}}`,
    ['l1WtGeNW_vxjs0g2'],
  ],
  ['{action: Allow, protocol: ICMP, icmp: {type: 8}}', ['fkmNTfeC-SZKejYL']],
  ['{action: Allow, protocol: ICMP, icmp: {type: 3, code: 4}}', ['P4toqXPLHrqBBY_9']],
  ['{action: Allow, protocol: ICMP, icmp: {type: 3, code: 4}}', ['rUelnLDJhUCVTlwf'], 6],
  ['{action: Allow, protocol: ICMPv6, icmp: {type: 1, code: 4}}', ['y2ZVTjLK46XGZ5jy'], 6],
  ['{action: Deny, notICMP: {type: 8}}', ['UC4D2Y5pYm-B0Lq2', 's8mbb-IS2g6URdDg']],
  ['{action: Allow, protocol: 112}', ['R6zy15aysVzqvXtt']],
  [
    `{action: Allow, protocol: TCP, metadata: {annotations: {my/key: 'it''s a "value"'}}}, {action: Deny, metadata: {annotations: {k: v}}}`,
    ['NXuEyqinFl9oGtEm', 'Pnm77qoduiw9MXhu', 'v63r4UbDxlDPx6Vr', 'grUS3UXFQDvgO_Iy'],
  ],
]

t.test('rules of a policy have the hashes that Calico gives them', async t => {
  for (const [rules, wanted, ipVersion = 4] of RULES) {
    const spec = `{types: [Ingress], ingress: [${rules}]}`
    const output = mustCompile([NODE, ENDPOINT, policy('GlobalNetworkPolicy', 'ex', spec)], FORCE)
    t.strictSame(hashesOf(output.versions[ipVersion]?.text.iptables ?? '', 'cali-pi-gnp/ex'), wanted, rules)
  }
  const egress = mustCompile([
    NODE,
    ENDPOINT,
    policy('GlobalNetworkPolicy', 'ex', '{types: [Ingress, Egress], ingress: [{action: Allow}]}'),
  ])
  t.strictSame(hashesOf(egress.versions[4].text.iptables, 'cali-po-gnp/ex'), ['UZWAyKO8tMM3q_K4'])
})

t.test('actions, flow logs, a prefix and a rate of log lines in a namespaced policy', async t => {
  const pod =
    'apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: prod}\nspec: {nodeName: node-1, containers: [{name: c}]}\nstatus: {podIP: 10.65.0.2}'
  const settings = policy(
    'FelixConfiguration',
    'default',
    '{flowLogsLocalReporter: Enabled, iptablesFilterDenyAction: Reject, logPrefix: "calico %t %k %p %n", logActionRateLimit: 10/minute}',
  )
  const web = policy(
    'NetworkPolicy',
    'web',
    '{types: [Ingress, Egress], ingress: [{action: Log, protocol: TCP}, {action: Allow, protocol: TCP}, {action: Deny}], egress: [{action: Pass}, {action: Log}]}',
  ).replace('{name: web}', '{name: web, namespace: prod}')
  const { text } = mustCompile([NODE, pod, settings, web], FORCE).versions[4]
  t.strictSame(hashesOf(text.iptables, 'cali-pi-np/prod/web'), [
    ...['bdZlFhot6CSVK3xp', 'X0fcYou7DytUtuwG', 'iGqxb5PuW7WqyI73', 'ovJK5y2x7C0BEQhK', 'x0wd31bYBN7v9aFu'],
    ...['5IAo6d4_w3nU_lFX', 'z43Vc5jwPXHsIsoY'],
  ])
  t.strictSame(hashesOf(text.iptables, 'cali-po-np/prod/web'), [
    'H1Ng5iXBza4uktkv',
    'NCJVgtfJpPHqe-Bn',
    'EsweXKX9O9OpFBRl',
    'FruGw1DdqhM_GsOa',
  ])
})
