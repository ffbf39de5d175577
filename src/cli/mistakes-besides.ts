// What is wrong with the input of a call that is wrong itself: one run tells both.

import type { Command } from 'commander'
import { type Diagnostic, Report } from '../diagnostics/diagnostic.ts'
import { Pipeline } from '../pipeline.ts'
import type { InputOptions } from './input-options.ts'
import type { Io } from './io.ts'
import { mistake } from './messages.ts'
import { unknownNamespace } from './one-named.ts'
import { readSources, STANDARD_INPUT } from './read-sources.ts'
import { settingsFor, withPaths } from './shared-options.ts'

interface NamingOptions extends InputOptions {
  readonly namespace?: string
}

/** Errors of the files that the call names, and of its node and namespace. Standard input is not waited for: it may be a terminal. */
export async function mistakesBesides(command: Command, io: Io): Promise<readonly Diagnostic[]> {
  if (settingsFor(command) !== 'all') return []
  const hasPaths = command.registeredArguments[0]?.name() === 'path'
  const options = withPaths(hasPaths ? command.args : [], command.opts<NamingOptions>())
  const { filename = [], recursive = false, exclude = [], node, namespace, calicoVersion } = options
  if (filename.length === 0 || filename.includes(STANDARD_INPUT)) return []
  const report = new Report()
  const ignored = (): void => undefined
  const files = await readSources(
    { paths: filename, recursive, exclude, onSkipped: ignored, onUnread: ignored },
    io,
    report,
  )
  const pipeline = new Pipeline({ files, calicoVersion, findings: report.placed() })
  const { resources } = pipeline.parse({ node })
  const planned = new Report({ sources: pipeline.sources })
  if (node !== undefined && !pipeline.report.hasErrors) pipeline.plan(node, { withHost: false, report: planned })
  const nowhere = unknownNamespace(namespace, resources)
  return [
    ...(nowhere === undefined ? [] : [mistake('usage-unknown-name', nowhere)]),
    ...planned.placed().filter(({ code }) => code === 'unknown-node'),
    ...pipeline.report.placed(),
  ].filter(({ severity }) => severity === 'error')
}
