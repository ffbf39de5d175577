// What is settled before a command acts: its settings, the form of its findings, and all that is wrong with the call.

import type { Command } from 'commander'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import type { Waivers } from '../report/waivers.ts'
import type { Io } from './io.ts'
import { refuseWith } from './messages.ts'
import { readWaivers, type WaiverOptions } from './waiver-options.ts'

/** What a call says of its output; filled in when its options are read. */
export interface Call {
  isQuiet: boolean
  waivers: Waivers
  findings: Io['findings']
}

/** @param mistakes found so far, to which others are put. Returns whether the command may act. */
export async function settleCall(command: Command, call: Call, mistakes: Diagnostic[], io: Io): Promise<boolean> {
  const { applyConfigFile } = await import('./config-file.ts')
  call.findings = formOfFindings(command)
  const isConfigured = await applyConfigFile(command, io)
  call.findings = formOfFindings(command)
  const read = readWaivers(command.opts<WaiverOptions>())
  call.waivers = read.waivers
  mistakes.push(...read.mistakes)
  if (mistakes.length === 0) return isConfigured
  const { mistakesBesides } = await import('./mistakes-besides.ts')
  mistakes.push(...(await mistakesBesides(command, io)))
  return false
}

/** Of commands whose format is one of findings, the form of those that are told on standard error. */
function formOfFindings(command: Command): Io['findings'] {
  const { format, output = format } = command.opts<{ readonly output?: string; readonly format?: string }>()
  if (output === 'github') return output
  return output === 'json' && command.name() === 'check' ? output : undefined
}

/** @param help of a call that names no command. Returns the exit code. */
export async function refuseCall(mistakes: readonly Diagnostic[], help: readonly string[], io: Io): Promise<number> {
  const isNamed = mistakes.every(({ code }) => code !== 'usage-missing-command')
  if (!isNamed) await io.writeError(`${help.join('')}\n`)
  const exitCode = await refuseWith(mistakes, io)
  if (isNamed && io.findings === undefined) await io.writeError('(try --help)\n')
  return exitCode
}
