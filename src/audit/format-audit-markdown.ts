// An audit as Markdown: for a comment or an issue.

import { markdownText as text } from '../text/markup.ts'
import { printable } from '../text/printable.ts'
import { closing, effectTitle } from './format-audit.ts'
import { ownEffectWords } from './effect-order.ts'
import type { AuditReport, PlaceReport } from './report.ts'

export function formatAuditMarkdown(report: AuditReport, most: number): string {
  const { node, release, isSame, compared, notCompared, causes, effect, chains, sets, foreign } = report
  const lines = [
    `# Node ${text(node)}: ${isSame ? 'same' : 'different'}`,
    '',
    `Compared with what Calico ${text(release)} programs.`,
    '',
    '| IP version | back end | chains | rules | sets | members | files |',
    '|---|---|---|---|---|---|---|',
    ...compared.map(one => {
      const counts = [one.chains, one.rules, one.sets, one.members].join(' | ')
      return `| IPv${one.ipVersion} | ${one.backend ?? ''} | ${counts} | ${text(one.files.join(', '))} |`
    }),
    ...notCompared.flatMap(what => ['', `Not compared: ${text(what)}`]),
    ...causes.flatMap(({ title, evidence, orElse }) => [
      '',
      `**Cause:** ${text(title)}`,
      '',
      ...evidence.map(one => `- ${text(one)}`),
      ...orElse.map(one => `- or: ${text(one)}`),
    ]),
    ...(effect === undefined ? [] : ['', '## Effect']),
    ...(effect?.versions ?? []).flatMap(version => [
      '',
      text(`effect, ${effectTitle(version)}`),
      ...[...version.groups, ...version.translated].flatMap(({ change, way, cubes, hasMore }) => [
        '',
        `**${change}**, ${text(way)}`,
        '',
        ...cubes.map(
          cube =>
            `- ${text(cube.packets)}; for example ${text(cube.example)}: should ${text(cube.should)}; does ${text(cube.does)}`,
        ),
        ...(hasMore ? ['- and more'] : []),
      ]),
    ]),
    ...(chains.length + sets.length === 0 ? [] : ['', '## Differences']),
    ...[...chains, ...sets].flatMap(place => placeLines(place, most)),
    ...(foreign.length === 0
      ? []
      : [
          '',
          `Rules of others, in nobody's way: ${foreign.map(one => `${one.rules} ${one.owner} (IPv${one.ipVersion})`).join(', ')}.`,
        ]),
    ...(isSame ? [] : ['', `${closing(report)}.`]),
  ]
  return `${lines.join('\n')}\n`
}

function placeLines({ ipVersion, table, name, words, place, findings }: PlaceReport, most: number): readonly string[] {
  const where = table === undefined ? `IPv${ipVersion} set ${name}` : `IPv${ipVersion} ${table} ${name}`
  return [
    '',
    `### ${text(where)}`,
    '',
    text(`${words}${place === undefined ? '' : `, ${place}`}`),
    ...findings.flatMap(finding => {
      const { sign, title, because, wanted, found } = finding
      const effect = ownEffectWords(finding)
      const shown = [...cut(wanted, '-', most), ...cut(found, '+', most)].map(line =>
        printable(line).replaceAll('```', "'''"),
      )
      return [
        '',
        `\`${sign}\` ${text(title)}${because === undefined ? '' : ` (${text(because)})`}`,
        ...(shown.length === 0 ? [] : ['', '```diff', ...shown, '```']),
        ...(effect === undefined ? [] : ['', text(effect)]),
      ]
    }),
  ]
}

function cut(lines: readonly string[], sign: string, most: number): readonly string[] {
  const left = lines.length - most
  return [...lines.slice(0, most).map(line => `${sign} ${line}`), ...(left > 0 ? [`${sign} and ${left} more`] : [])]
}
