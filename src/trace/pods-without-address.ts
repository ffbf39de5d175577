// Pods that somebody names as a party and that have no address of their own: what to name instead.

import type { Resource } from '../model/ast/resources.ts'
import { findNamed, podSpellings } from '../text/find-named.ts'

/** Undefined where no such pod has the name, or more than one. @param namespace of a name that has none */
export function podWithoutAddress(
  wanted: string,
  resources: readonly Resource[],
  namespace?: string,
): { readonly message: string; readonly help: string } | undefined {
  const known = resources.flatMap(one => (one.kind === 'hostNetworkPod' || one.kind === 'podTemplate' ? [one] : []))
  const bare = wanted.replace(
    /^(?:deploy(?:ment)?|statefulset|sts|daemonset|ds|replicaset|rs|job|cronjob|rollout)s?\//,
    '',
  )
  const [pod, ...more] = findNamed(bare, known, one => podSpellings(one.namespace, one.name), namespace)
  if (pod === undefined || more.length > 0) return undefined
  const name = `${pod.namespace}/${pod.name}`
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
