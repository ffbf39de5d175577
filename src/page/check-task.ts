// Whether an input does what a lesson asks for: by the verdicts of packets, and by what its policies and rules are.

import type { Check, Lesson } from './lesson.ts'
import type { VerdictView } from './protocol.ts'
import type { Model, PacketFields, PageInput, PageView } from './view.ts'

export interface CheckResult {
  readonly title: string
  readonly isGood: boolean
  /** What became of the packet, or what is missing. */
  readonly detail: string
}

/** The input that a lesson starts with, or the one that its solution makes of it. */
export function lessonInput({ files, host, node, task }: Lesson, which: 'start' | 'solution'): PageInput {
  const solved = new Map(task.solution.map(file => [file.name, file]))
  const changed = files.map(file => solved.get(file.name) ?? file)
  const added = task.solution.filter(({ name }) => !files.some(file => file.name === name))
  return { files: which === 'start' ? files : [...changed, ...added], host, node, release: '' }
}

export function packetsOf({ task }: Lesson): readonly PacketFields[] {
  return task.checks.flatMap(check => (check.kind === 'packet' ? [check.fields] : []))
}

/** @param verdicts of `packetsOf`, in its order */
export function checkTask({ task }: Lesson, view: PageView, verdicts: readonly VerdictView[]): readonly CheckResult[] {
  const errors = view.findings.filter(({ severity }) => severity === 'error')
  const [first] = errors
  if (view.model === undefined || first !== undefined) {
    return [{ title: 'the input has no errors', isGood: false, detail: first?.message ?? 'it has' }]
  }
  const { model } = view
  let next = 0
  return task.checks.map(check => {
    if (check.kind !== 'packet') return checkStructure(check, model)
    const found = verdicts[next++]
    if (found === undefined) return { title: check.title, isGood: false, detail: 'it was not asked about' }
    const isAsLogged = check.log === undefined || check.log === found.isLogged
    const log = isAsLogged ? '' : found.isLogged ? ' A line is logged.' : ' No line is logged.'
    return { title: check.title, isGood: found.verdict === check.verdict && isAsLogged, detail: found.headline + log }
  })
}

function checkStructure(check: Exclude<Check, { kind: 'packet' }>, { policies, rules }: Model): CheckResult {
  const { title } = check
  const isAbsent = check.absent === true
  if (check.kind === 'policy') {
    const found = policies.find(
      ({ flags, tier, title: name }) =>
        (check.flag === undefined || flags.some(flag => flag === check.flag)) &&
        (check.tier === undefined || tier === check.tier) &&
        (check.is === undefined || name.startsWith(check.is)),
    )
    const detail = found === undefined ? 'no policy is like that' : found.title
    return { title, isGood: (found !== undefined) !== isAbsent, detail }
  }
  const lines = [rules[4], ...(rules[6] === undefined ? [] : [rules[6]])]
    .flatMap(({ tables }) => tables)
    .flatMap(({ chains }) => chains.flatMap(chain => chain.rules.map(({ text }) => text)))
  const found = lines.find(line => check.has.every(piece => line.includes(piece)))
  return { title, isGood: (found !== undefined) !== isAbsent, detail: found ?? 'no rule is like that' }
}
