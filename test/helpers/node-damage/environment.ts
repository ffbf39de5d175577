// A Felix that ran with another environment: what it would have programmed is on the node.

import type { CauseKind } from '../../../src/audit/cause.ts'
import { compile } from '../../../src/compile.ts'
import type { Maker } from './damage.ts'
import type { SavedText } from './saved-text.ts'

export const programmedWith =
  (variable: string, causes: readonly CauseKind[]): Maker =>
  ({ node, texts }) => {
    const result = compile({
      files: [node.input],
      host: node.host,
      node: node.node,
      calicoVersion: node.release,
      environment: { isAll: true, files: [], variables: [variable] },
    })
    if (!result.ok) return undefined
    for (const version of ['v4', 'v6'] as const) {
      const compiled = result.output.versions[version === 'v4' ? 4 : 6]?.text.iptables
      if (compiled !== undefined) reprogram(texts[version], compiled)
    }
    return { what: `Felix with ${variable}`, wants: [], causes }
  }

/** The rules of a compiled text in place of those of Calico's that are there. */
function reprogram(text: SavedText, compiled: string): void {
  let table = ''
  for (const { name } of text.tables) {
    for (const chain of text.chains(name)) {
      if (chain.startsWith('cali-')) text.deleteChain(name, chain)
      else text.edit(name, chain, rules => rules.filter(body => !/--comment "?cali:/.test(body)))
    }
  }
  for (const line of compiled.split('\n')) {
    if (line.startsWith('*')) table = line.slice(1)
    const [, chain] = /^:(cali-\S+)/.exec(line) ?? []
    if (chain !== undefined) text.newChain(table, chain)
    const [, how, to = '', body = ''] = /^-([AI]) (\S+) (.*)$/.exec(line) ?? []
    if (how === 'A') text.insert(table, to, text.rules(table, to).length + 1, body)
    else if (how === 'I') text.insert(table, to, 1, body)
  }
}
