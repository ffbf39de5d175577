// Cases on disk: folders with a case.yaml, the input a user would give, and what is expected of it.

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import type { GivenEnvironment } from '../../src/parser/felix-environment/read-file.ts'
import type { SourceFile } from '../../src/diagnostics/source.ts'

/** Recorded cases that are not part of this repository: beside it, or where CORPUS says. They need not be there. */
export const CORPUS_FOLDER = process.env['CORPUS'] ?? fileURLToPath(new URL('../../../shared/corpus/', import.meta.url))

export const OUTPUT_NAMES = ['v4.iptables', 'v4.ipset', 'v6.iptables', 'v6.ipset'] as const

export type OutputName = (typeof OUTPUT_NAMES)[number]

export interface Case {
  readonly folder: string
  readonly title: string
  readonly node: string
  /** Absent: the newest release. */
  readonly calicoVersion: string | undefined
  readonly files: readonly SourceFile[]
  readonly host: SourceFile | undefined
  /** Felix's environment variables, `NAME=VALUE`; undefined where the case says nothing of them. */
  readonly environment: GivenEnvironment | undefined
  readonly expected: { readonly [name in OutputName]?: string }
}

/** Folders with a case.yaml at or below the given ones, in byte order. */
export function findCases(folder: string): readonly string[] {
  if (existsSync(join(folder, 'case.yaml'))) return [folder]
  return readdirSync(folder)
    .sort()
    .map(name => join(folder, name))
    .filter(path => statSync(path).isDirectory())
    .flatMap(findCases)
}

export function readCase(folder: string): Case {
  const read = (path: string): SourceFile => ({ name: path, text: readFileSync(join(folder, path), 'utf8') })
  const facts = parse(read('case.yaml').text) as {
    title?: string
    node: string
    release?: string
    env?: Readonly<Record<string, unknown>>
  }
  const inputFolder = existsSync(join(folder, 'input')) ? 'input/' : ''
  const inputs = readdirSync(join(folder, inputFolder))
    .filter(name => /\.(ya?ml|json)$/.test(name) && name !== 'case.yaml' && name !== 'host.json')
    .sort()
  const expected: { [name in OutputName]?: string } = {}
  for (const name of OUTPUT_NAMES) {
    if (existsSync(join(folder, 'expected', name))) expected[name] = read(join('expected', name)).text
  }
  return {
    folder,
    title: facts.title ?? '',
    node: facts.node,
    // Recorded cases of older releases lie in a folder of the release's name.
    calicoVersion: facts.release ?? /(?:^|\/)(v3\.[0-9]+\.[0-9]+)\//.exec(folder)?.[1],
    files: inputs.map(name => read(`${inputFolder}${name}`)),
    host: existsSync(join(folder, 'host.json')) ? read('host.json') : undefined,
    environment:
      facts.env === undefined
        ? undefined
        : {
            isAll: false,
            variables: Object.entries(facts.env).map(([name, value]) => `${name}=${String(value)}`),
            files: [],
          },
    expected,
  }
}
