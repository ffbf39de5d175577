// calitables page: one HTML file with the compiler inside, empty or opened on one's own cluster.

import { basename, dirname, resolve } from 'node:path'
import { compile } from '../compile.ts'
import { fillShell } from '../page/assemble.ts'
import { describeContent } from '../page/describe-content.ts'
import { isSameButForNames, redactInput } from '../page/redact.ts'
import type { PageInput } from '../page/view.ts'
import type { AddCommand } from './command.ts'
import { EXIT_FAILED, EXIT_OK } from './exit-codes.ts'
import { addInputOptions, type Input, type InputOptions, readInput } from './input-options.ts'
import type { Io } from './io.ts'
import { refuse, writeDiagnostics, writeNote } from './messages.ts'
import { readLessonFolders, readPageParts } from './page-files.ts'
import { reason } from './read-sources.ts'
import { addPathsArgument, withPaths } from './shared-options.ts'
import { VERSION } from './version.ts'
import { writeFiles } from './writing/write-files.ts'

interface PageOptions extends InputOptions {
  readonly outputFile?: string
  readonly redact?: true
  readonly lessons?: string
}

const EXAMPLES = `Examples:
  # The playground: lessons, examples, an empty editor
  calitables page --output-file page.html

  # The same page opened on a cluster and one of its nodes
  calitables page -f cluster.yaml --node worker-1 --host host.json --output-file page.html

  # To show somebody: names and addresses replaced, the same one always by the same other
  calitables page -f cluster.yaml --node worker-1 --redact --output-file page.html

  # With lessons of one's own behind the others
  calitables page --lessons my-lessons/ --output-file page.html
`

export const addCommand: AddCommand = (program, io, setExitCode) => {
  addPathsArgument(addInputOptions(program.command('page')))
    .description('Make one HTML file with the compiler inside: open it in a browser, no network needed.')
    .option('--output-file <file>', 'the file to write (default: standard output)')
    .option('--redact', 'replace names and addresses, the same one always by the same other')
    .option('--lessons <dir>', 'a folder of lessons, one folder each, behind those that come with the page')
    .addHelpText('before', EXAMPLES)
    .action(async (paths: readonly string[], options: PageOptions) => {
      setExitCode(await runPage(withPaths(paths, options), io))
    })
}

async function runPage(options: PageOptions, io: Io): Promise<number> {
  const { outputFile } = options
  const input = options.filename === undefined ? undefined : await readInput(options, io)
  if (options.filename !== undefined && input === undefined) return EXIT_FAILED
  if (outputFile === undefined && io.isOutTerminal)
    return refuse(
      'usage-missing-option',
      'the page is one long line of HTML: say where to with --output-file page.html',
      io,
    )
  if (input !== undefined && (options.felixEnv !== undefined || options.felixEnvFile !== undefined))
    return refuse(
      'usage-conflict',
      'the page cannot hold what --felix-env and --felix-env-file say: put the DaemonSet or Installation among the files instead',
      io,
    )
  const readFrom = [...(input?.files ?? []), ...(input?.host ?? [])].map(({ name }) => resolve(name))
  if (outputFile !== undefined && readFrom.includes(resolve(outputFile)))
    return refuse('usage-conflict', `the page is made of \`${outputFile}\`, which it would take the place of`, io)
  const own = input === undefined ? undefined : pageInput(input)
  if (own !== undefined && !(await isReadable(own, io))) return EXIT_FAILED
  const redacted = own !== undefined && options.redact === true ? redactInput(own) : undefined
  if (own !== undefined && redacted !== undefined && !isSameButForNames(own, redacted))
    return refuse(
      'usage-conflict',
      'with other names these files would make other rules: a selector looks into names (`starts with`, `ends with`, `contains`)',
      io,
    )
  const shown = redacted?.input ?? own
  const lessons = options.lessons === undefined ? [] : await readLessonFolders(options.lessons)
  if (typeof lessons === 'string') return refuse('unreadable-file', lessons, io)
  const { shell, packed } = await readPageParts()
  if (shown !== undefined)
    await writeNote(`the page holds ${describeContent(shown, { isRedacted: redacted !== undefined })}`, io)
  const html = fillShell(shell, packed, {
    lessons,
    ...(shown === undefined ? {} : { input: shown }),
    version: VERSION,
  })
  if (outputFile === undefined) await io.writeOut(html)
  else {
    try {
      await writeFiles(dirname(outputFile), new Map([[basename(outputFile), html]]), [])
    } catch (error) {
      return refuse('unwritable-file', `\`${outputFile}\` cannot be written: ${reason(error)}`, io)
    }
  }
  return EXIT_OK
}

function pageInput({ files, host = [], node = '', calicoVersion = '' }: Input): PageInput {
  return {
    files: files.map(({ name, text }) => ({ name, text })),
    host: host.map(({ text }) => text).join('\n'),
    node,
    release: calicoVersion,
  }
}

/** A page that opens on errors helps nobody: they are said here, where the files are. */
async function isReadable({ files, host, node, release }: PageInput, io: Io): Promise<boolean> {
  const result = compile({
    files,
    node: node === '' ? undefined : node,
    calicoVersion: release === '' ? undefined : release,
    host: host === '' ? undefined : [{ name: 'host.json', text: host }],
  })
  if (!result.ok) await writeDiagnostics(result.diagnostics, io)
  return result.ok
}
