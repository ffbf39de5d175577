// Rules of Kubernetes policies whose fields stand at the wrong place or have the wrong shape.

import type { Path } from '../diagnostics/source.ts'
import type { Shape } from './shape.ts'
import { isMapping, type Mapping } from './shape-rewrites.ts'
import { PEER_FIELDS } from './vocabulary.ts'

const SELECTORS = ['podSelector', 'namespaceSelector']
const SELECTOR_FIELDS = ['matchLabels', 'matchExpressions']
const PORT_FIELDS = ['port', 'protocol', 'endPort']

export function straightenKubernetesRule(rule: Mapping, path: Path, shape: Shape): void {
  shape.unknown(rule, path, ['from', 'to', 'ports'])
  if (isMapping(rule['ports'])) shape.wrap(rule, 'ports', path)
  for (const side of ['from', 'to']) {
    if (isMapping(rule[side])) shape.wrap(rule, side, path)
    const peers = rule[side]
    if (!Array.isArray(peers)) continue
    for (const [index, peer] of peers.entries()) {
      if (isMapping(peer)) straightenPeer(peer, [...path, side, index], rule, path, shape)
    }
  }
  const ports: unknown = rule['ports']
  if (!Array.isArray(ports)) return
  for (const [index, port] of ports.entries()) {
    if (isMapping(port)) shape.unknown(port, [...path, 'ports', index], PORT_FIELDS)
  }
}

function straightenPeer(peer: Mapping, at: Path, rule: Mapping, path: Path, shape: Shape): void {
  const side = String(at.at(-2))
  if ('ports' in peer) {
    shape.fault(
      'misplaced-field',
      `\`ports\` stands inside a peer of \`${side}\``,
      [...at, 'ports'],
      `\`ports\` belongs beside \`${side}\`, in the same rule`,
    )
    if (!Object.hasOwn(rule, 'ports')) {
      rule['ports'] = peer['ports']
      shape.moves.add({ from: [...at, 'ports'], to: [...path, 'ports'] })
      if (isMapping(rule['ports'])) shape.wrap(rule, 'ports', path)
    }
    delete peer['ports']
  }
  refuseNamespace(peer, at, shape)
  moveIntoSelector(peer, at, shape)
  shape.unknown(peer, at, PEER_FIELDS)
  straightenLabelSelectors(peer, at, shape)
}

/** `namespace: shop`, which a peer cannot say. */
function refuseNamespace(peer: Mapping, at: Path, shape: Shape): void {
  for (const key of Object.keys(peer).filter(key => key.toLowerCase() === 'namespace')) {
    const value = typeof peer[key] === 'string' ? peer[key] : 'NAME'
    shape.fault(
      'unknown-field',
      `unknown field \`${key}\` in \`${String(at.at(-2))}\``,
      [...at, key],
      `a namespace is chosen by its labels: \`namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: ${value}}}\``,
    )
    delete peer[key]
  }
}

/** `namespaceSelector:` with nothing in it, and its `matchLabels` in the same column. */
function moveIntoSelector(peer: Mapping, at: Path, shape: Shape): void {
  const home = Object.keys(peer).find(key => SELECTORS.includes(key) && peer[key] === null)
  if (home === undefined) return
  for (const field of SELECTOR_FIELDS) {
    if (!Object.hasOwn(peer, field)) continue
    shape.fault(
      'misplaced-field',
      `\`${field}\` stands beside \`${home}\` instead of in it`,
      [...at, field],
      'indent it by two more blanks',
    )
    peer[home] = { ...(isMapping(peer[home]) ? peer[home] : {}), [field]: peer[field] }
    shape.moves.add({ from: [...at, field], to: [...at, home, field] })
    delete peer[field]
  }
}

/** The fields of the selectors of a peer, or of the spec. */
export function straightenLabelSelectors(holder: Mapping, at: Path, shape: Shape): void {
  for (const key of SELECTORS) {
    const selector = holder[key]
    if (isMapping(selector)) shape.unknown(selector, [...at, key], SELECTOR_FIELDS)
  }
}
