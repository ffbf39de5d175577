// Pods that somebody names as a party and that have no address of their own: what to name instead.

import { mayBe, orList } from '../text/wording.ts'
import type { FinishedPod, HostNetworkPod, PodTemplate } from '../model/ast/pod.ts'
import type { Resource } from '../model/ast/resources.ts'
import { findNamed, podSpellings } from '../text/find-named.ts'

/** Undefined where no such pod has the name. @param namespace of a name that has none */
export function podWithoutAddress(
  wanted: string,
  resources: readonly Resource[],
  namespace?: string,
): { readonly message: string; readonly help: string } | undefined {
  const known = resources.flatMap(one =>
    one.kind === 'hostNetworkPod' || one.kind === 'finishedPod' || one.kind === 'podTemplate' ? [one] : [],
  )
  const bare = wanted.replace(
    /^(?:deploy(?:ment)?|statefulset|sts|daemonset|ds|replicaset|rs|job|cronjob|rollout)s?\//,
    '',
  )
  const [pod, ...more] = findNamed(bare, known, one => podSpellings(one.namespace, one.name), namespace)
  if (pod === undefined) return undefined
  if (more.length > 0) return severalWithoutAddress(wanted, [pod, ...more])
  const name = `${pod.namespace}/${pod.name}`
  if (pod.kind === 'finishedPod')
    return {
      message: `pod \`${name}\` has finished, and has no address any more`,
      help: 'name one that runs, or write an IP address',
    }
  if (pod.kind === 'podTemplate')
    return pod.ownerKind === 'Pod'
      ? { message: `pod \`${name}\` has no address in the input`, help: 'name one that runs, or write an IP address' }
      : {
          message: `\`${name}\` is a ${pod.ownerKind}, whose pods have the addresses`,
          help: 'name one of its pods, or write an IP address',
        }
  const [address] = pod.addresses
  return {
    message: `pod \`${name}\` has hostNetwork: its packets are those of its node, and no selector finds it`,
    help:
      address === undefined
        ? 'write `host` on its node, or the address of its node'
        : `write \`host\` on its node, or \`${address.text}\``,
  }
}

function severalWithoutAddress(
  wanted: string,
  pods: readonly (HostNetworkPod | FinishedPod | PodTemplate)[],
): { readonly message: string; readonly help: string } {
  const names = mayBe(
    wanted,
    pods.map(({ namespace, name }) => `${namespace}/${name}`),
  )
  const nodes = pods.flatMap(pod => (pod.kind === 'hostNetworkPod' ? pod.addresses : []).map(({ text }) => text))
  return pods.every(({ kind }) => kind === 'hostNetworkPod')
    ? {
        message: `${names}, which have hostNetwork: their packets are those of their nodes, and no selector finds them`,
        help: `write \`host/NODE\`, or the address of the node${nodes.length === 0 ? '' : `: ${orList(nodes.slice(0, MOST_NODES))}`}`,
      }
    : {
        message: `${names}, none of which has an address of its own`,
        help: 'name a pod that runs, or write an IP address',
      }
}

const MOST_NODES = 5
