// calitables convert: older formats in, projectcalico.org/v3 out.

import { convertResources, resourcesOf } from '../convert.ts'
import { printableJson } from '../text/printable.ts'
import type { AddCommand } from './command.ts'
import { EXIT_FAILED, EXIT_OK } from './exit-codes.ts'
import { addExcludeOption, readInput } from './input-options.ts'
import { listKinds, writeDiagnostics, writeNote } from './messages.ts'
import { addPathsArgument, formatOption, withPaths } from './shared-options.ts'
import { addWaiverOptions } from './waiver-options.ts'

interface ConvertOptions {
  readonly filename?: readonly string[]
  readonly recursive?: true
  readonly exclude?: readonly string[]
  readonly output?: 'yaml' | 'json'
}

const EXAMPLES = `Examples:
  # Files of Calico 2.x (apiVersion: v1) as projectcalico.org/v3
  calitables convert -f old/ > policies.yaml

  # Kubernetes NetworkPolicies of a cluster as Calico NetworkPolicies
  kubectl get networkpolicies -A -o yaml | calitables convert -f -
`

export const addCommand: AddCommand = (program, io, setExitCode) => {
  addExcludeOption(addPathsArgument(addWaiverOptions(program.command('convert'))))
    .description(
      'Print files of the v1 format (Calico 2.x) and Kubernetes NetworkPolicies as projectcalico.org/v3; what is v3 already stays as it is.',
    )
    .option('-f, --filename <path...>', 'files or folders with resources as YAML or JSON; - for standard input')
    .option('-R, --recursive', 'look into folders inside folders')
    .addOption(formatOption(['yaml', 'json']))
    .addHelpText('before', EXAMPLES)
    .action(async (paths: readonly string[], options: ConvertOptions) => {
      const input = await readInput(withPaths(paths, options), io)
      if (input === undefined || input.findings.length > 0) {
        await writeDiagnostics(input?.findings ?? [], io)
        setExitCode(EXIT_FAILED)
        return
      }
      const result = convertResources(input.files)
      const isRefused = await writeDiagnostics(result.diagnostics, io)
      if (!result.ok || isRefused) {
        setExitCode(EXIT_FAILED)
        return
      }
      if (result.skipped.size > 0) {
        const list = listKinds(result.skipped)
        await writeNote(`left out, because there is no v3 form to convert to: ${list}`, io)
      }
      if (options.output === 'json') {
        const list = { version: 1, apiVersion: 'v1', kind: 'List', items: resourcesOf(result.text) }
        await io.writeOut(printableJson(list))
      } else await (io.writeExact ?? io.writeOut)(result.text)
      setExitCode(EXIT_OK)
    })
}
