// Three kinds of random input for the whole compiler, and what must hold for each.

import fc from 'fast-check'
import { join } from 'node:path'
import { compile, type CompileOutput } from '../../src/compile.ts'
import { formatDiagnostic } from '../../src/diagnostics/format.ts'
import { calico, hostEndpoint, hostJson, pod } from './build.ts'
import { readCase } from './cases.ts'
import { GOLDEN_FOLDER, goldenCases } from './golden.ts'
import { countRules } from './kernel.ts'

interface Input {
  readonly text: string
  /** Right by construction: an error is a find. */
  readonly isValid: boolean
}

const wild = (text: string): Input => ({ text, isValid: false })

const bytes = fc.uint8Array({ maxLength: 400 }).map(data => wild(new TextDecoder().decode(data)))

const goldenTexts = goldenCases().flatMap(name =>
  readCase(join(GOLDEN_FOLDER, name)).files.flatMap(({ text }) => text.split(/^---\n/m)),
)
const piece = fc.constantFrom(
  ...[
    '[',
    ']',
    '{',
    '}',
    ': ',
    '- ',
    '? ',
    '&a ',
    '*a',
    '<<: ',
    '!x ',
    '|',
    '>',
    '"',
    "'",
    '#',
    '\n',
    '  ',
    '\t',
    '\r',
    ',',
  ],
  ...[
    '---\n',
    '...\n',
    '%',
    '@',
    '`',
    '~',
    'null',
    '0x10',
    '1e9',
    '.nan',
    '__proto__: ',
    '\u0000',
    '\ufeff',
    '\u2028',
    '\\',
  ],
)
/** A golden document with pieces put in, cut out or doubled. */
const mutated = fc
  .tuple(
    fc.constantFrom(...goldenTexts),
    fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), piece, fc.nat(30)), { maxLength: 6 }),
  )
  .map(([text, edits]) =>
    edits.reduce((now, [place, what, length], index) => {
      const at = Math.floor(place * now.length)
      const cut = index % 2 === 0 ? 0 : length
      return `${now.slice(0, at)}${what}${index % 3 === 2 ? now.slice(at, at + cut) : ''}${now.slice(at + cut)}`
    }, text),
  )
const structural = fc.array(fc.oneof(piece, fc.constantFrom('a', 'b: ', 'kind: List\n', 'items:\n')), { maxLength: 60 })
const yaml = fc
  .oneof({ arbitrary: mutated, weight: 3 }, { arbitrary: structural.map(parts => parts.join('')), weight: 1 })
  .map(wild)

const byte = fc.nat(255)
const net4 = fc.tuple(byte, byte).map(([a, b]) => `${a % 223 || 1}.${b}.0.0/16`)
const net = fc.oneof(
  net4,
  byte.map(n => `fd00:${n.toString(16)}::/32`),
)
const value = fc.constantFrom('web', 'db', "it's", 'a b', '')
const quote = (text: string): string => (text.includes("'") ? `"${text}"` : `'${text}'`)
const term = fc.oneof(
  fc
    .tuple(fc.constantFrom('==', '!=', 'contains', 'starts with', 'ends with'), value)
    .map(([o, v]) => `app ${o} ${quote(v)}`),
  fc
    .tuple(fc.constantFrom('in', 'not in'), fc.array(value, { minLength: 1, maxLength: 3 }))
    .map(([o, v]) => `app ${o} {${v.map(quote).join(', ')}}`),
  fc.constantFrom('all()', 'has(app)', '!has(constructor)'),
)
const selector = fc.oneof(
  term,
  fc.tuple(term, fc.constantFrom('&&', '||'), term).map(([a, o, b]) => `(${a}) ${o} !(${b})`),
)
const port = fc.oneof(
  fc.integer({ min: 1, max: 65535 }),
  fc
    .tuple(fc.integer({ min: 1, max: 65535 }), fc.integer({ min: 1, max: 65535 }))
    .map(([a, b]) => `${Math.min(a, b)}:${Math.max(a, b)}`),
  fc.constantFrom('http', 'metrics'),
)
const optionally = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined })
const side = (hasPorts: boolean): fc.Arbitrary<object> =>
  fc.record({
    nets: optionally(fc.array(net4, { minLength: 1, maxLength: 4 })),
    notNets: optionally(fc.array(net4, { minLength: 1, maxLength: 2 })),
    selector: optionally(selector),
    notSelector: optionally(term),
    namespaceSelector: optionally(fc.constantFrom('all()', "team == 'shop'")),
    ...(hasPorts
      ? { ports: optionally(fc.array(port, { maxLength: 20 })), notPorts: optionally(fc.array(port, { maxLength: 3 })) }
      : {}),
  })
const rule = fc.constantFrom('TCP', 'UDP', 'SCTP', 6, 'ICMP', 89, undefined).chain(protocol => {
  const hasPorts = protocol === 'TCP' || protocol === 'UDP' || protocol === 'SCTP' || protocol === 6
  return fc.record({
    action: fc.constantFrom('Allow', 'Deny', 'Log', 'Pass'),
    protocol: fc.constant(protocol),
    ipVersion: protocol === 'ICMP' ? fc.constant(4) : fc.constant(undefined),
    icmp:
      protocol === 'ICMP'
        ? optionally(fc.record({ type: fc.nat(254), code: optionally(byte) }))
        : fc.constant(undefined),
    source: optionally(side(hasPorts)),
    destination: optionally(side(hasPorts)),
    metadata: optionally(
      fc
        .dictionary(
          fc.constantFrom('a', 'b/c'),
          fc.string({ unit: 'binary', maxLength: 40 }).map(text => text.replace(/[\u007f-\u009f\ufffe\uffff]/g, '')),
        )
        .map(annotations => ({ annotations })),
    ),
  })
})
const policySpec = fc.record({
  tier: fc.constantFrom('default', 'security'),
  order: optionally(fc.integer({ min: -1000, max: 1000 })),
  selector: optionally(selector),
  types: fc.constant(['Ingress', 'Egress']),
  ingress: fc.array(rule, { maxLength: 3 }),
  egress: fc.array(rule, { maxLength: 3 }),
})
const kubernetesSpec = fc.record({
  podSelector: fc.constantFrom(
    {},
    { matchLabels: { app: 'web' } },
    { matchExpressions: [{ key: 'app', operator: 'In', values: ['web', 'db'] }] },
  ),
  policyTypes: fc.constant(['Ingress']),
  ingress: fc.array(
    fc.record({
      from: fc.array(
        fc.oneof(
          net.map(cidr => ({ ipBlock: { cidr } })),
          fc.constant({ namespaceSelector: { matchLabels: { team: 'shop' } }, podSelector: {} }),
        ),
        { maxLength: 2 },
      ),
      ports: fc.array(
        fc.record({
          protocol: fc.constantFrom('TCP', 'UDP', 'SCTP'),
          port: fc.oneof(fc.integer({ min: 1, max: 65535 }), fc.constant('http')),
        }),
        { maxLength: 3 },
      ),
    }),
    { maxLength: 3 },
  ),
})
const CLUSTER = [
  calico('Tier', 'security', '{order: 10}'),
  calico('GlobalNetworkSet', 'set', '{nets: [192.0.2.0/24, "2001:db8::/32"]}', ', labels: {app: db}'),
  '{apiVersion: v1, kind: Namespace, metadata: {name: default, labels: {team: shop}}}',
  pod('web', '10.65.0.2', { app: 'web' }, { ports: '[{name: http, containerPort: 80, protocol: TCP}]' }),
  pod(
    'far',
    '10.65.1.3',
    { app: 'db' },
    { node: 'node-2', ports: '[{name: metrics, containerPort: 9, protocol: TCP}]' },
  ),
  hostEndpoint('h', { app: 'web' }),
]
const valid = fc
  .record({
    global: fc.array(policySpec, { maxLength: 3 }),
    namespaced: fc.array(policySpec, { maxLength: 2 }),
    kubernetes: fc.array(kubernetesSpec, { maxLength: 2 }),
  })
  .map(({ global, namespaced, kubernetes }): Input => ({
    text: [
      ...CLUSTER,
      // Policies of a tier other than the default one may stand under any name in v3.32.
      ...global.map((spec, i) => calico('GlobalNetworkPolicy', `g${i}`, JSON.stringify(spec))),
      ...namespaced.map((spec, i) => calico('NetworkPolicy', `n${i}`, JSON.stringify(spec), ', namespace: default')),
      ...kubernetes.map(
        (spec, i) =>
          `{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: k${i}, namespace: default}, spec: ${JSON.stringify(spec)}}`,
      ),
    ].join('\n---\n'),
    isValid: true,
  }))

export const GENERATORS: Readonly<Record<string, fc.Arbitrary<Input>>> = { bytes, yaml, valid }

const host = { name: 'host.json', text: hostJson(['eth0', '192.0.2.1/24']) }
const LONGEST_MS = 2000

/** Throws what is wrong with the outcome. */
function check({ text, isValid }: Input): void {
  const run = (): {
    readonly printed: string
    readonly output: CompileOutput | undefined
    readonly errors: readonly string[]
  } => {
    const result = compile({ files: [{ name: 'a.yaml', text }], node: 'node-1', host })
    const messages = result.diagnostics.map(formatDiagnostic)
    const texts = result.ok ? Object.values(result.output.versions).map(v => v.text.iptables + v.text.ipset) : []
    const errors = messages.filter((_, i) => result.diagnostics[i]?.severity === 'error')
    return { printed: [...messages, ...texts].join('\n'), output: result.ok ? result.output : undefined, errors }
  }
  const started = Date.now()
  const { printed, output, errors } = run()
  const took = Date.now() - started
  if (took > LONGEST_MS) throw new Error(`it takes ${took} ms`)
  if (output === undefined && errors.length === 0) throw new Error('no output and no error')
  if (isValid && output === undefined) throw new Error(`valid input is refused: ${errors.join('; ')}`)
  for (const version of Object.values(output?.versions ?? {})) {
    const { tables, ipSets } = version.ruleset
    let rules = 0
    for (const { chains, hooks } of tables) {
      for (const chain of chains) rules += chain.rules.length
      for (const hook of hooks) rules += hook.inserts.length + hook.appends.length
    }
    const members = ipSets.reduce((sum, set) => sum + set.members.length, 0)
    if (countRules(version.text.iptables) !== rules) throw new Error('other rules in the text than in the plan')
    if (version.text.ipset.split('\n').length !== ipSets.length + members + 2)
      throw new Error('other sets than planned')
  }
  if (output !== undefined && run().printed !== printed) throw new Error('a second run gives other bytes')
}

/** Tries some inputs of one generator. A find is the smallest input that shows it, and what it shows. */
export function fuzz(
  name: string,
  seed: number,
  inputs: number,
): { readonly inputs: number; readonly find: string | undefined } {
  const arbitrary = GENERATORS[name]
  if (arbitrary === undefined) throw new Error(`no generator ${name}`)
  const result = fc.check(fc.property(arbitrary, check), { seed, numRuns: inputs })
  const find = result.failed
    ? `${String(result.errorInstance)}\n${JSON.stringify(result.counterexample?.[0])} (seed ${seed})`
    : undefined
  return { inputs: result.numRuns, find }
}
