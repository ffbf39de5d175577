// A test run as JUnit XML, which build servers show as a table.

import { printable } from '../text/printable.ts'
import type { TestOutcome } from './test-outcome.ts'

export function formatJunit(suite: string, outcomes: readonly TestOutcome[]): string {
  const failures = outcomes.filter(({ isOk }) => !isOk).length
  const head = `name="${escapeXml(suite)}" tests="${outcomes.length}" failures="${failures}" errors="0" skipped="0"`
  const cases = outcomes.flatMap(({ name, isOk, message, details, place }) => {
    const start = `    <testcase name="${escapeXml(name)}" classname="${escapeXml(place.file)}" file="${escapeXml(place.file)}" line="${place.line}"`
    if (isOk) return [`${start}/>`]
    const text = [message, ...details, `${place.file}:${place.line}:${place.column}`].map(escapeXml).join('\n')
    return [
      `${start}>`,
      `      <failure message="${escapeXml(message)}" type="assertion">${text}</failure>`,
      '    </testcase>',
    ]
  })
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${head}>`,
    `  <testsuite ${head}>`,
    ...cases,
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n')
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

function escapeXml(text: string): string {
  return printable(text).replace(/[&<>"]/g, character => ENTITIES[character] ?? character)
}
