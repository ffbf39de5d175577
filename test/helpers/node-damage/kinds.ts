// What may happen to a node, each kind with what an audit must say of it: the findings, and the cause that comes first.

import type { Random } from '../probes/random.ts'
import type { RecordedNode } from '../recorded-nodes.ts'
import type { Maker, NodeDamage, Version } from './damage.ts'
import { programmedWith } from './environment.ts'
import {
  changeLabels,
  changePort,
  dropLastRule,
  itemEdited,
  itemGone,
  policyAdded,
  wrongHost,
  wrongNode,
} from './input.ts'
import {
  chainFlushed,
  endpointUndispatched,
  hookGone,
  leftOver,
  portChanged,
  retarget,
  ruleDeleted,
  ruleDuplicated,
  ruleMoved,
} from './rules.ts'
import { SavedText } from './saved-text.ts'
import { memberAdded, memberDeleted, setFlushed, setMadeSmaller } from './sets.ts'
import {
  adminInFront,
  dockerStarted,
  fail2banStarted,
  foreignInside,
  foreignJump,
  kubeProxyFirst,
  libvirtStarted,
  policyDrop,
} from './strangers.ts'
import { tableEmptied, tableFlushed } from './tables.ts'

const POLICIES = ['NetworkPolicy', 'GlobalNetworkPolicy']

const MAKERS: Readonly<Record<string, Maker>> = {
  "an admin's rule in front": adminInFront,
  'a foreign rule inside': foreignInside,
  'a foreign jump inside': foreignJump,
  'a rule deleted': ruleDeleted,
  'a chain flushed': chainFlushed,
  'a hook gone': hookGone,
  'a policy DROP': policyDrop,
  'DROP made ACCEPT': retarget('DROP', 'ACCEPT'),
  'DROP made RETURN': retarget('DROP', 'RETURN'),
  'RETURN made ACCEPT': retarget('RETURN', 'ACCEPT'),
  'a port changed': portChanged,
  'a rule twice': ruleDuplicated,
  'a rule moved': ruleMoved,
  'kube-proxy first': kubeProxyFirst,
  'a table flushed': tableFlushed,
  'a table emptied': tableEmptied(false),
  'a table restored from a script': tableEmptied(true),
  'a member deleted': memberDeleted,
  'a member added': memberAdded,
  'a set flushed': setFlushed,
  'a set made smaller': setMadeSmaller,
  'docker started': dockerStarted,
  'libvirt started': libvirtStarted,
  'fail2ban started': fail2banStarted,
  'a chain left over': leftOver,
  'an endpoint out of the dispatch': endpointUndispatched,
  'a policy deleted': itemGone(POLICIES, () => true, ['policy-deleted']),
  'a pod deleted': itemGone(['Pod'], ({ spec }) => spec?.nodeName === 'node-1', ['endpoint-deleted']),
  'a pod of another node deleted': itemGone(['Pod'], ({ spec }) => spec?.nodeName !== 'node-1', [
    'set-changed-by-hand',
    'policy-edited',
  ]),
  'a host endpoint deleted': itemGone(['HostEndpoint'], () => true, ['endpoint-deleted']),
  'a pool deleted': itemGone(['IPPool'], () => true, ['input-changed', 'set-changed-by-hand']),
  'a policy edited': itemEdited(POLICIES, 'another port', changePort, ['policy-edited']),
  'a rule of a policy less': itemEdited(POLICIES, 'a rule less', dropLastRule, ['policy-edited']),
  'a policy added': policyAdded,
  'a pod with other labels': itemEdited(['Pod'], 'labels changed', changeLabels, [
    'input-changed',
    'set-changed-by-hand',
    'policy-edited',
  ]),
  'wl-to-host ACCEPT': programmedWith('FELIX_DEFAULTENDPOINTTOHOSTACTION=ACCEPT', ['environment']),
  'wl-to-host RETURN': programmedWith('FELIX_DEFAULTENDPOINTTOHOSTACTION=RETURN', ['environment']),
  'hooks appended': programmedWith('FELIX_CHAININSERTMODE=Append', ['environment']),
  'filter allow action RETURN': programmedWith('FELIX_IPTABLESFILTERALLOWACTION=RETURN', ['environment']),
  'failsafe ports': programmedWith('FELIX_FAILSAFEINBOUNDHOSTPORTS=udp:53,tcp:22', ['environment']),
  'workloads may send VXLAN': programmedWith('FELIX_ALLOWVXLANPACKETSFROMWORKLOADS=true', ['environment']),
  'mark mask': programmedWith('FELIX_IPTABLESMARKMASK=0xff00', ['environment']),
  'wrong host': wrongHost,
  'wrong node': wrongNode,
}

export const NODE_DAMAGE_KINDS = Object.keys(MAKERS)

/** Undefined where the node has nothing to do it to. */
export function doDamage(kind: string, node: RecordedNode, version: Version, seed: Random): NodeDamage | undefined {
  const textOf = (one: Version): SavedText =>
    new SavedText(node.files.find(({ name }) => name.endsWith(`${one}.save`))?.text ?? '')
  const texts = { v4: textOf('v4'), v6: textOf('v6') }
  const before = { v4: String(texts.v4), v6: String(texts.v6) }
  const done = MAKERS[kind]?.({ node, version, text: texts[version], texts, seed })
  if (done === undefined) return undefined
  const files = (done.node?.files ?? node.files).map(one => {
    const [, which] = /(v[46])\.save$/.exec(one.name) ?? []
    const isChanged = (which === 'v4' || which === 'v6') && String(texts[which]) !== before[which]
    return isChanged ? { ...one, text: String(texts[which]) } : one
  })
  return { ...done, kind, node: { ...node, ...done.node, files } }
}
