// What `check` says of inputs that were recorded with a real Felix: docs/recorded-lints.md has all of it, with the reason.

import { existsSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { check } from '../src/check.ts'
import { CORPUS_FOLDER, findCases, readCase } from './helpers/cases.ts'

const LIST = readFileSync(fileURLToPath(new URL('../docs/recorded-lints.md', import.meta.url)), 'utf8')
const NAMED = join(CORPUS_FOLDER, 'named')

/** `code times`, by case. */
function listed(): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>()
  for (const [, name = '', code = '', times = '', why = ''] of LIST.matchAll(
    /^\| `([^`]+)`\s*\| \[`([^`]+)`\]\([^)]*\)\s*\| (\d+)\s*\| (.*?)\s*\|$/gm,
  )) {
    t.ok(why.length > 10, `${name} ${code}: a reason`)
    found.set(name, [...(found.get(name) ?? []), `${code} ${times}`])
  }
  return found
}

t.test('recorded cases: every finding is on the list, and nothing else is', async t => {
  const list = listed()
  const rows = LIST.split('\n').filter(line => line.startsWith('| `'))
  t.equal([...list.values()].flat().length, rows.length, 'every row of the list was read')
  if (!existsSync(NAMED)) {
    t.comment(`*** NO RECORDED CASES at ${NAMED}: what lints say of them was not looked at ***`)
    return
  }
  const folders = findCases(NAMED)
  t.ok(folders.length >= 160, `${folders.length} cases`)
  const names = folders.map(folder => basename(folder))
  t.same(
    [...list.keys()].filter(name => !names.includes(name)),
    [],
    'every case of the list is there',
  )
  for (const folder of folders) {
    const { files, host, node } = readCase(folder)
    const times = new Map<string, number>()
    for (const { code } of check({ files, host, node }).diagnostics) times.set(code, (times.get(code) ?? 0) + 1)
    const found = [...times].map(([code, count]) => `${code} ${count}`)
    t.same(found.sort(), [...(list.get(basename(folder)) ?? [])].sort(), basename(folder))
  }
})
