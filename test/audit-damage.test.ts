// Recorded nodes to which something is done on purpose, of every kind: what an audit names, its cause, and what becomes of packets.

import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import t from 'tap'
import { damageNode } from './helpers/damaged-nodes.ts'
import { NODE_DAMAGE_KINDS } from './helpers/node-damage/kinds.ts'
import { Random } from './helpers/probes/random.ts'
import { findNodes, NODES_FOLDER } from './helpers/recorded-nodes.ts'

const skip = existsSync(NODES_FOLDER) ? false : `there are no recorded nodes in ${NODES_FOLDER}: set CORPUS`

t.test(
  'damage of every kind to a node has its name, its cause first, and the effect that walks show',
  { skip },
  async t => {
    const seed = new Random(20)
    const folders = findNodes(NODES_FOLDER).filter(folder => ['legacy', 'nft'].includes(basename(folder)))
    let changed = 0
    for (const kind of NODE_DAMAGE_KINDS) {
      let found = damageNode(seed.pick(folders) ?? '', seed, [kind])
      for (let tries = 0; found === undefined && tries < 40; tries++) {
        found = damageNode(seed.pick(folders) ?? '', seed, [kind])
      }
      t.same(found?.problems, [], found?.name ?? `${kind}: no node has anything to do it to`)
      changed += found?.changed ?? 0
    }
    t.ok(changed > 50, 'packets got another verdict')
  },
)

t.test('two damages at once', { skip }, async t => {
  const seed = new Random(21)
  const folder = findNodes(NODES_FOLDER).find(one => one.endsWith('02-ibm/legacy')) ?? ''
  const pairs = [
    ["an admin's rule in front", 'a policy deleted'],
    ['a chain flushed', 'a member deleted'],
    ['a policy edited', 'docker started'],
    ['kube-proxy first', 'a rule deleted'],
  ]
  for (const kinds of pairs) {
    const found = damageNode(folder, seed, kinds)
    t.same(found?.problems, [], found?.name ?? kinds.join(' + '))
    for (const kind of kinds) t.match(found?.name, kind, 'it was done')
  }
})
