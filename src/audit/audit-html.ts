// An audit as one HTML file for reading, printing and keeping: no script, nothing from the network.

import { printable } from '../text/printable.ts'
import { closing, effectTitle } from './format-audit.ts'
import { AUDIT_STYLE } from './audit-style.ts'
import { ownEffectWords } from './effect-order.ts'
import type { AuditReport, PlaceReport } from './report.ts'

/** How the report was made, so that it can be made again. */
export interface Provenance {
  readonly toolVersion: string
  readonly commandLine: string
  readonly inputs: readonly { readonly name: string; readonly sha256: string }[]
}

export function auditToHtml(report: AuditReport, provenance: Provenance): string {
  const { node, release, isSame, causes } = report
  const title = `Node ${node}: ${isSame ? 'same' : 'different'}`
  const body = [
    `<header><h1>${escape(title)}</h1><p>Compared with what Calico ${escape(release)} programs. ${isSame ? '' : `${escape(closing(report))}.`}</p>${summaryHtml(report)}</header>`,
    causes.length === 0 ? '' : section('Cause', causes.map(causeHtml).join('')),
    report.effect === undefined ? '' : section('Effect', effectHtml(report)),
    report.chains.length === 0 ? '' : section('Differences by chain', report.chains.map(placeHtml).join('')),
    report.sets.length === 0 ? '' : section('Differences by set', report.sets.map(placeHtml).join('')),
    section('What was compared', comparedTable(report) + list(report.notCompared.map(one => `Not compared: ${one}`))),
    report.foreign.length === 0
      ? ''
      : section(
          "Rules of others, in nobody's way",
          list(report.foreign.map(one => `IPv${one.ipVersion}: ${one.rules} ${one.owner}`)),
        ),
    section('How this report was made', provenanceHtml(provenance)),
  ]
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escape(title)}</title>
<style>${AUDIT_STYLE}</style>
</head>
<body>
<main>
${body.filter(part => part !== '').join('\n')}
</main>
</body>
</html>
`
}

/** What the node does otherwise than it should, in a line for each way of being wrong. */
function summaryHtml({ effect }: AuditReport): string {
  if (effect === undefined) return ''
  const groups = effect.versions.flatMap(version =>
    version.groups.map(group => ({ ...group, version: version.ipVersion })),
  )
  const lines = (['opened', 'closed', 'answered', 'diverted', 'unclear'] as const).flatMap(change => {
    const ways = groups.filter(group => group.change === change && group.way !== 'with spoofed sources')
    const words = [...new Set(ways.map(({ way, version }) => `${way} (IPv${version})`))]
    return words.length === 0 ? [] : [`<li class="${change}">${CHANGE_WORDS[change]}: ${escape(words.join(', '))}</li>`]
  })
  const isProved = effect.versions.every(({ isSame }) => isSame)
  if (isProved) return '<p class="summary">No packet gets another verdict than it should, which is proved.</p>'
  return lines.length === 0 ? '' : `<ul class="summary">${lines.join('')}</ul>`
}

function section(title: string, content: string): string {
  return `<section><h2>${escape(title)}</h2>${content}</section>`
}

function list(items: readonly string[]): string {
  return items.length === 0 ? '' : `<ul>${items.map(item => `<li>${escape(item)}</li>`).join('')}</ul>`
}

function comparedTable({ compared }: AuditReport): string {
  const head = ['IP version', 'back end', 'chains', 'rules', 'sets', 'members', 'files']
  const rows = compared.map(one => [
    `IPv${one.ipVersion}`,
    one.backend ?? '',
    ...[one.chains, one.rules, one.sets, one.members].map(String),
    one.files.join(', '),
  ])
  const cells = (tag: string, row: readonly string[]): string =>
    `<tr>${row.map(cell => `<${tag}>${escape(cell)}</${tag}>`).join('')}</tr>`
  return `<div class="wide"><table><thead>${cells('th', head)}</thead><tbody>${rows.map(row => cells('td', row)).join('')}</tbody></table></div>`
}

function causeHtml({ title, evidence, orElse }: AuditReport['causes'][number]): string {
  return `<div class="cause"><p><strong>${escape(title)}</strong></p>${list([...evidence, ...orElse.map(one => `or: ${one}`)])}</div>`
}

function effectHtml({ effect }: AuditReport): string {
  return (effect?.versions ?? [])
    .map(version => {
      const groups = [...version.groups, ...version.translated].map(({ change, way, cubes, hasMore }) => {
        const items = cubes.map(
          cube =>
            `<li>${escape(cube.packets)}<br><span class="example">for example ${escape(cube.example)}</span><br>should: ${escape(cube.should)}<br>does: ${escape(cube.does)}</li>`,
        )
        const more = hasMore ? '<li>and more</li>' : ''
        return `<h4 class="${change}">${CHANGE_WORDS[change]}, ${escape(way)}</h4><ul>${items.join('')}${more}</ul>`
      })
      return `<h3>${escape(effectTitle(version))}</h3>${groups.join('')}`
    })
    .join('')
}

const CHANGE_WORDS = {
  opened: 'Let through, and should not be',
  closed: 'Blocked, and should not be',
  diverted: 'Through either way, to another destination',
  answered: 'Lost either way, with an answer on one side',
  translated: 'Through either way, with another source',
  unclear: 'Depends on rules that are not known',
} as const

function placeHtml({ ipVersion, table, name, words, place, yaml, findings }: PlaceReport): string {
  const where = table === undefined ? `IPv${ipVersion} set ${name}` : `IPv${ipVersion} ${table} ${name}`
  const items = findings.map(finding => {
    const { sign, title, because, wanted, found } = finding
    const effect = ownEffectWords(finding)
    const marked = (mark: string, kind: string, all: readonly string[]): string =>
      all.map(line => `<span class="${kind}">${mark} ${escape(line)}</span>`).join('\n')
    const text = [marked('-', 'wanted', wanted), marked('+', 'found', found)].filter(part => part !== '').join('\n')
    const why = because === undefined ? '' : ` <span class="because">(${escape(because)})</span>`
    return `<p>${sign} ${escape(title)}${why}</p>${text === '' ? '' : `<pre tabindex="0">${text}</pre>`}${effect === undefined ? '' : `<p class="own">${escape(effect)}</p>`}`
  })
  const from = place === undefined ? '' : `, ${escape(place)}`
  const differences = `<div>${items.join('')}</div>`
  const beside =
    yaml === undefined
      ? differences
      : `<div class="beside">${differences}<pre tabindex="0" class="yaml">${lines(yaml)}</pre></div>`
  return `<article><h3>${escape(where)}</h3><p class="words">${escape(words)}${from}</p>${beside}</article>`
}

function provenanceHtml({ toolVersion, commandLine, inputs }: Provenance): string {
  const rows = inputs.map(({ name, sha256 }) => `<tr><td>${escape(name)}</td><td><code>${sha256}</code></td></tr>`)
  return `<p>calitables ${escape(toolVersion)}</p><pre tabindex="0">${escape(commandLine)}</pre><div class="wide"><table><thead><tr><th>input</th><th>SHA-256</th></tr></thead><tbody>${rows.join('')}</tbody></table></div>`
}

/** Text of several lines: `printable` is for one. */
function lines(text: string): string {
  return text.split('\n').map(escape).join('\n')
}

function escape(text: string): string {
  return printable(text).replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;')
}
