// calitables diff: which packets get another verdict; with two releases of Calico, what becomes of packets and rules.

import { type Command, InvalidArgumentError, Option } from 'commander'
import { TooManyNodesError } from '../analysis/sets/bdd.ts'
import { diffToJson } from '../answers/diff-json.ts'
import { formatDiff } from '../answers/format-diff.ts'
import { formatDiffMarkdown } from '../answers/format-diff-markdown.ts'
import { diffNode, type NodeDiff } from '../answers/node-diff.ts'
import { printableJson } from '../text/printable.ts'
import type { AddCommand } from './command.ts'
import { diffReleases, MOST_CUBES } from './diff-releases.ts'
import { type DiffOptions, readSides } from './diff-sides.ts'
import { EXIT_FAILED, EXIT_NO, EXIT_OK } from './exit-codes.ts'
import type { Io } from './io.ts'
import { addInputOptions } from './input-options.ts'
import { formatOption } from './shared-options.ts'
import { refuse } from './messages.ts'

const EXAMPLES = `Examples:
  # Does this change open anything?
  calitables diff old/ new/ --node worker-1

  # What a branch does, as a comment for its pull request
  calitables diff main:policies HEAD:policies --node worker-1 -o markdown

  # What an upgrade of Calico changes on this node: packets, rules, and what the files must change first
  calitables diff -f cluster.yaml --node worker-1 --calico-version 3.30,3.32

  # What a node has in its kernel against what it should have, whoever put it there
  calitables diff policies/ --node worker-1 --rules iptables-save.txt --sets ipset-save.txt
`

export const addCommand: AddCommand = (program, io, setExitCode) => {
  describeReleases(addInputOptions(program.command('diff')))
    .description(
      'Say which packets get another verdict, over all packets: opened, closed, with an example and the rules that decide. Exit code 1 means that some do; 0 is a proof that none does.',
    )
    .argument('[path...]', 'OLD and NEW: a file, a folder, or REV:PATH of a git revision')
    .option('--rules <file...>', 'output of iptables-save or ip6tables-save on the node instead of NEW')
    .option('--sets <file...>', 'output of `ipset save` on the node')
    .addOption(formatOption(['text', 'json', 'markdown']))
    .addOption(
      new Option('--most <number>', 'of every list show this many, and the number of others').argParser(readMost),
    )
    .option('--all', 'with two releases, show every chain, not the first ones of each kind')
    .addHelpText('before', EXAMPLES)
    .action(async (paths: readonly string[], options: DiffOptions) => {
      setExitCode(await runDiff([...(options.filename ?? []), ...paths], options, io))
    })
}

function describeReleases(command: Command): Command {
  const option = command.options.find(({ long }) => long === '--calico-version')
  if (option !== undefined) option.description += '; or two, FROM,TO, to compare what they make of the same input'
  return command
}

function readMost(text: string): number {
  if (!/^[1-9][0-9]{0,5}$/.test(text)) throw new InvalidArgumentError('Write a number from 1 on.')
  return Number(text)
}

async function runDiff(paths: readonly string[], options: DiffOptions, io: Io): Promise<number> {
  const { calicoVersion, rules } = options
  const isOneInput = paths.length < 2 && rules === undefined
  if (calicoVersion !== undefined && (isOneInput || calicoVersion.includes(','))) {
    const { output = 'text' } = options
    if (output !== 'markdown') return diffReleases({ ...options, output, filename: paths }, io)
    return refuse('usage-conflict', 'two releases are compared as text or json', io)
  }
  if (paths.length > 2) {
    const cure = 'what both have, such as a dump, has to lie in each of them'
    return refuse('usage-extra-argument', `diff compares two things, OLD and NEW, and \`-f\` is one: ${cure}`, io)
  }
  const sides = await readSides(paths, options, io)
  if (sides === undefined) return EXIT_FAILED
  const most = options.most ?? MOST_CUBES
  let diffs: readonly NodeDiff[]
  try {
    diffs = sides.map(({ node, sidesOf }) => diffNode(node, sidesOf, most))
  } catch (error) {
    if (!(error instanceof TooManyNodesError)) throw error
    return refuse('too-many-packets', `these rules are too much to compare: ${error.message}`, io)
  }
  await io.writeOut(print(diffs, options, options.most ?? Infinity))
  return diffs.every(({ isSame }) => isSame) ? EXIT_OK : EXIT_NO
}

function print(diffs: readonly NodeDiff[], { output = 'text' }: DiffOptions, most: number): string {
  switch (output) {
    case 'json':
      return printableJson(diffToJson(diffs))
    case 'markdown':
      return formatDiffMarkdown(diffs, most)
    case 'text':
      return formatDiff(diffs, most)
  }
}
