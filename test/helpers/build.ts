// Small inputs for tests, compiled.

import { compile, type CompileOutput, type CompileResult } from '../../src/compile.ts'
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts'
import { Lines } from '../../src/diagnostics/lines.ts'

/** `ip -json addr show` of a node with loopback and the given interfaces. */
export function hostJson(...interfaces: readonly (readonly [name: string, ...addresses: string[]])[]): string {
  const info = (written: string): object => {
    const [local, length] = written.split('/')
    return { family: written.includes(':') ? 'inet6' : 'inet', local, prefixlen: Number(length) }
  }
  return JSON.stringify([
    { ifname: 'lo', flags: ['LOOPBACK', 'UP'], addr_info: [info('127.0.0.1/8'), info('::1/128')] },
    ...interfaces.map(([ifname, ...addresses]) => ({ ifname, flags: ['UP'], addr_info: addresses.map(info) })),
  ])
}

export interface CompileYamlOptions {
  readonly node?: string
  readonly host?: string
  /** Also what Felix or the kernel would refuse. */
  readonly force?: boolean
}

/** Documents compiled for `node-1`, whose only interface is eth0 unless said otherwise. */
export function compileYaml(documents: string | readonly string[], options: CompileYamlOptions = {}): CompileResult {
  const text = typeof documents === 'string' ? documents : documents.join('\n---\n')
  return compile({
    files: [{ name: 'input.yaml', text }],
    node: options.node ?? 'node-1',
    host: { name: 'host.json', text: options.host ?? hostJson(['eth0', '192.0.2.1/24']) },
    force: options.force ?? false,
  })
}

/** As `compileYaml`, for input that is right. */
export function mustCompile(documents: string | readonly string[], options: CompileYamlOptions = {}): CompileOutput {
  const result = compileYaml(documents, options)
  if (!result.ok) throw new Error(result.diagnostics.map(({ message }) => message).join('\n'))
  return result.output
}

/** Rules of one chain without the chain's name and the hash. */
export function chainLines(
  output: CompileOutput,
  chain: string,
  ipVersion: 4 | 6 = 4,
  table = 'filter',
): readonly string[] {
  const text = output.versions[ipVersion]?.text.iptables ?? ''
  const tableText = text.split(/^\*/m).find(part => part.startsWith(`${table}\n`)) ?? ''
  return tableText
    .split('\n')
    .filter(line => line.startsWith(`-A ${chain} `))
    .map(line => line.replace(/^-A \S+ -m comment --comment "cali:[^"]{16}" ?/, ''))
}

/** Members of the set with the given id. */
export function setMembers(output: CompileOutput, id: string, ipVersion: 4 | 6 = 4): readonly string[] | undefined {
  return output.versions[ipVersion]?.ruleset.ipSets.find(set => set.id === id)?.members
}

/** `line:column code` of each diagnostic. */
export function places(diagnostics: readonly Diagnostic[]): readonly string[] {
  return diagnostics.map(({ code, place }) => {
    if (place === undefined) return `- ${code}`
    const { file, start } = place
    const { line, column } = new Lines().at(file, start)
    return `${line}:${column} ${code}`
  })
}

/** A pod of node-1 unless said otherwise, as one line of YAML. */
export function pod(
  name: string,
  ip: string,
  labels: Readonly<Record<string, string>> = {},
  rest: { readonly namespace?: string; readonly node?: string; readonly ports?: string } = {},
): string {
  const { namespace = 'default', node = 'node-1', ports = '[]' } = rest
  return `{apiVersion: v1, kind: Pod, metadata: {name: ${name}, namespace: ${namespace}, labels: ${JSON.stringify(labels)}}, spec: {nodeName: ${node}, containers: [{name: c, ports: ${ports}}]}, status: {phase: Running, podIP: "${ip}"}}`
}

/** A host endpoint of node-1 on eth0. */
export function hostEndpoint(
  name: string,
  labels: Readonly<Record<string, string>> = {},
  spec = 'interfaceName: eth0',
): string {
  return `{apiVersion: projectcalico.org/v3, kind: HostEndpoint, metadata: {name: ${name}, labels: ${JSON.stringify(labels)}}, spec: {node: node-1, ${spec}}}`
}

export function calico(kind: string, name: string, spec: string, metadata = ''): string {
  return `{apiVersion: projectcalico.org/v3, kind: ${kind}, metadata: {name: ${name}${metadata}}, spec: ${spec}}`
}

export function policy(name: string, spec: string): string {
  return calico('GlobalNetworkPolicy', name, spec)
}
