// An audit as SARIF 2.1.0: each difference a result at the line of the node's text, or at the YAML of what is missing.

import { pathUri } from '../text/relative-path.ts'
import { sarifText } from '../text/markup.ts'
import type { AuditReport, FindingReport, PlaceReport } from './report.ts'

/** @param toolVersion of calitables */
export function auditToSarif(report: AuditReport, toolVersion: string): unknown {
  const places = [...report.chains, ...report.sets]
  // What is of another node is wrong, whatever differs from what that one should have.
  const strays = report.causes.filter(({ kind }) => kind === 'wrong-node')
  const findings = places.flatMap(place => place.findings)
  const kinds = [...new Set([...strays, ...findings].map(({ kind }) => kind))].sort()
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: { name: 'calitables audit', version: toolVersion, rules: kinds.map(id => ({ id })) },
        },
        results: [
          ...strays.map(({ kind, title }) => ({ ruleId: kind, level: 'error', message: { text: sarifText(title) } })),
          ...places.flatMap(place => place.findings.map(finding => resultOf(place, finding))),
        ],
        properties: {
          node: report.node,
          release: report.release,
          causes: report.causes.map(({ title }) => title),
        },
      },
    ],
  }
}

function resultOf({ ipVersion, table, name, words }: PlaceReport, finding: FindingReport): unknown {
  const where = table === undefined ? `IPv${ipVersion} set ${name}` : `IPv${ipVersion} ${table} ${name}`
  const { kind, title, at } = finding
  return {
    ruleId: kind,
    level: 'error',
    message: { text: sarifText(`${where} (${words}): ${title}`) },
    ...(at === undefined
      ? {}
      : {
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri: pathUri(at.file) },
                region: { startLine: at.line },
              },
            },
          ],
        }),
  }
}
