// An audit as SARIF 2.1.0: each difference a result at the line of the node's text, or at the YAML of what is missing.

import type { AuditReport, FindingReport, PlaceReport } from './report.ts'

/** @param toolVersion of calitables */
export function auditToSarif(report: AuditReport, toolVersion: string): unknown {
  const places = [...report.chains, ...report.sets]
  const kinds = [...new Set(places.flatMap(({ findings }) => findings.map(({ kind }) => kind)))].sort()
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: { name: 'calitables audit', version: toolVersion, rules: kinds.map(id => ({ id })) },
        },
        results: places.flatMap(place => place.findings.map(finding => resultOf(place, finding))),
        properties: {
          node: report.node,
          release: report.release,
          causes: report.causes.map(({ title }) => title),
        },
      },
    ],
  }
}

function resultOf({ ipVersion, table, name, words, place }: PlaceReport, finding: FindingReport): unknown {
  const where = table === undefined ? `IPv${ipVersion} set ${name}` : `IPv${ipVersion} ${table} ${name}`
  const located =
    lineOf(finding.found[0]) ??
    lineOf(finding.because === undefined ? undefined : `${lastWord(finding.because)}: `) ??
    lineOf(place && `${place}: `)
  return {
    ruleId: finding.kind,
    level: 'error',
    message: { text: `${where} (${words}): ${finding.title}` },
    ...(located === undefined
      ? {}
      : {
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri: encodeURI(located.file) },
                region: { startLine: located.line },
              },
            },
          ],
        }),
  }
}

function lastWord(text: string): string {
  return text.slice(text.lastIndexOf(', ') + 2)
}

/** `file:line: …` */
function lineOf(text: string | undefined): { readonly file: string; readonly line: number } | undefined {
  const [, file, line] = /^(.+?):(\d+): /.exec(text ?? '') ?? []
  return file === undefined ? undefined : { file, line: Number(line) }
}
