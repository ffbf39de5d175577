// An audit for people: what was compared, what explains the differences, what they do, and every difference by chain.

import { printable } from '../text/printable.ts'
import { wrap } from '../text/wrap.ts'
import { ownEffectWords } from './effect-order.ts'
import type {
  AuditReport,
  Compared,
  EffectGroup,
  EffectKind,
  FindingReport,
  PlaceReport,
  VersionEffect,
} from './report.ts'

export interface FormatOptions {
  /** Lines of rules or members of one difference. */
  readonly most: number
}

export function formatAudit(report: AuditReport, { most }: FormatOptions): string {
  const { causes, effect, chains, sets, foreign, notCompared, isSame, compared } = report
  const lines: string[] = [
    ...wrap(headOf(report), ''),
    ...compared.map(comparedLine),
    ...notCompared.flatMap(what => wrap(`not compared: ${what}`, '  ')),
  ]
  for (const { title, evidence, orElse } of causes) {
    lines.push('', ...wrap(`cause: ${title}`, ''), ...evidence.flatMap(evidenceLines))
    lines.push(...orElse.flatMap(one => wrap(`or: ${one}`, '  ')))
  }
  if (effect !== undefined && !isSame) lines.push('', ...effect.versions.flatMap(effectLines))
  for (const place of [...chains, ...sets]) lines.push('', ...placeLines(place, most))
  if (foreign.length > 0) lines.push('', ...wrap(`rules of others, in nobody's way: ${foreignWords(report)}`, ''))
  if (!isSame) lines.push('', ...wrap(closing(report), ''))
  return `${lines.map(printable).join('\n')}\n`
}

function headOf({ node, textOf, release, isSame }: AuditReport): string {
  const where = textOf === undefined ? '' : ` on ${textOf}, whose text this is`
  return `node ${node}: ${isSame ? 'same' : 'different'}, compared with what Calico ${release} programs${where}`
}

function comparedLine({ ipVersion, backend, files, chains, rules, sets, members }: Compared): string {
  const what = backend === undefined ? '' : `, ${backend}`
  return `  IPv${ipVersion}${what} (${files.join(', ')}): ${chains} chains, ${rules} rules, ${sets} sets, ${members} members`
}

/** Rules stay on one line, as they are in the file. */
function evidenceLines(text: string): readonly string[] {
  return /^\S+:\d+: -[AI] /.test(text) ? [`  ${text}`] : wrap(text, '  ')
}

const EFFECT_TITLES: Readonly<Record<EffectKind, string>> = {
  opened: 'the node lets through, and should not:',
  closed: 'the node blocks, and should not:',
  diverted: 'through either way, but to another destination:',
  answered: 'lost either way, but in silence on one side and with an answer on the other:',
  unclear: 'it depends on rules that are not known here:',
  translated: 'through either way, but with another source, as masquerading is another one:',
}

/** What is known of one IP version as a whole, from its name on. */
export function effectTitle({ ipVersion, isSame, isUndecided, failure }: VersionEffect): string {
  if (failure !== undefined) return `IPv${ipVersion}: not known: ${failure}`
  if (isSame) return `IPv${ipVersion}: no packet gets another verdict than it should, which is proved`
  return isUndecided
    ? `IPv${ipVersion}; of some packets neither side can tell, because of rules that are not known here`
    : `IPv${ipVersion}`
}

function effectLines(effect: VersionEffect): readonly string[] {
  const lines = [...wrap(`effect, ${effectTitle(effect)}`, '')]
  for (const change of ['opened', 'closed', 'answered', 'diverted', 'unclear', 'translated'] as const) {
    const groups = [...effect.groups, ...effect.translated].filter(group => group.change === change)
    if (groups.length > 0) lines.push(...wrap(EFFECT_TITLES[change], '  '))
    for (const group of groups) {
      const isSpoofed = group.way === 'with spoofed sources' && groups.length > 1
      if (isSpoofed) lines.push('    packets that come from elsewhere than their source is: -o json has them')
      else lines.push(...groupLines(group))
    }
  }
  return lines
}

function groupLines({ way, cubes, hasMore }: EffectGroup): readonly string[] {
  return [
    `    ${way}`,
    ...cubes.flatMap(({ packets, example, should, does }) => [
      ...wrap(packets, '      '),
      ...wrap(`for example ${example}`, '        '),
      ...wrap(`should: ${should}`, '        '),
      ...wrap(`does:   ${does}`, '        '),
    ]),
    ...(hasMore ? ['      and more'] : []),
  ]
}

function placeLines({ ipVersion, table, name, words, place, findings }: PlaceReport, most: number): readonly string[] {
  const where = table === undefined ? `IPv${ipVersion} set ${name}` : `IPv${ipVersion} ${table} ${name}`
  return [
    ...wrap(`${where}: ${words}${place === undefined ? '' : `, ${place}`}`, ''),
    ...findings.flatMap(finding => findingLines(finding, most)),
  ]
}

function findingLines(finding: FindingReport, most: number): readonly string[] {
  const { sign, title, because, wanted, found } = finding
  const effect = ownEffectWords(finding)
  const shown = (mark: string, lines: readonly string[]): readonly string[] => [
    ...lines.slice(0, most).map(line => `      ${mark} ${line}`),
    ...(lines.length > most ? [`      ${mark} and ${lines.length - most} more`] : []),
  ]
  return [
    ...wrap(`${sign} ${title}${because === undefined ? '' : ` (${because})`}`, '  '),
    ...shown('-', wanted),
    ...shown('+', found),
    ...(effect === undefined ? [] : wrap(effect, '      ')),
  ]
}

function foreignWords({ foreign }: AuditReport): string {
  const totals = new Map<string, number>()
  for (const { owner, rules } of foreign) totals.set(owner, (totals.get(owner) ?? 0) + rules)
  return [...totals].map(([owner, count]) => `${count} ${owner === 'own' ? 'of no known program' : owner}`).join(', ')
}

/** "3 differences: 1 rule-changed, 2 set-members". */
export function closing({ counts, causes }: Pick<AuditReport, 'counts' | 'causes'>): string {
  const entries = Object.entries(counts)
  const total = entries.reduce((sum, [, count]) => sum + count, 0)
  const kinds = entries.map(([kind, count]) => `${count} ${kind}`).join(', ')
  if (total === 0 && causes.some(({ kind }) => kind === 'wrong-node')) return 'no difference, but of another node'
  if (total === 0) return 'no difference in the back end that Felix works with'
  return `${total} ${total === 1 ? 'difference' : 'differences'}: ${kinds}`
}
