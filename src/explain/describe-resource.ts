// What resources other than policies and endpoints do to the rules: tiers, pools, network sets, nodes, profiles.

import { profileOwner } from '../calico/labels.ts'
import type { Path } from '../diagnostics/source.ts'
import { listed } from '../text/listed.ts'
import type { IpPool, Resource, Tier } from '../model/ast/resources.ts'
import { formatCidr } from '../net/cidr.ts'
import { describeMembership, rulesWithSets, setsOfNetworkSet, setsOfNode, setsOfSlice } from './describe-membership.ts'
import { policyName } from '../words/origin.ts'
import type { Explainer } from './explainer.ts'
import { describeConfiguration, describeEnvironment } from './describe-configuration.ts'
import type { Described } from './described.ts'

/** @param resources those of one document: a namespace is also a profile */
export function describeResource(resources: readonly Resource[], path: Path, explainer: Explainer): Described {
  // A DaemonSet that runs Felix has both.
  const isFelix = resources.some(({ kind }) => kind === 'felixEnvironment')
  const told = isFelix ? resources.filter(({ kind }) => kind !== 'podTemplate' && kind !== 'hostNetworkPod') : resources
  const parts = told.map(resource => describeOne(resource, path, explainer))
  return { notes: parts.flatMap(({ notes }) => notes), chains: parts.flatMap(({ chains }) => chains) }
}

type ResourceOf<K extends Resource['kind']> = Extract<Resource, { kind: K }>

function describeOne(resource: Resource, path: Path, explainer: Explainer): Described {
  switch (resource.kind) {
    case 'tier':
      return { notes: describeTier(resource, explainer), chains: [] }
    case 'networkSet':
      return describeNetworkSet(resource, path, explainer)
    case 'endpointSlice':
      return describeEndpointSlice(resource, explainer)
    case 'namespace':
      return describeNamespace(resource, explainer)
    case 'profile':
      return describeProfile(resource, explainer)
    case 'ipPool':
      return { notes: describePool(resource, explainer), chains: [] }
    case 'node':
      return describeNode(resource, explainer)
    case 'felixConfiguration':
      return describeConfiguration(resource, path, explainer)
    case 'bgpConfiguration':
      return plain(
        'Of a BGPConfiguration only the service CIDRs count here: serviceLoopPrevention stops packets for addresses in them that no service has.',
      )
    case 'felixEnvironment':
      return plain(
        resource.hasNftablesProxy === true
          ? 'kube-proxy uses nftables, and so does a Felix whose nftablesMode is Auto.'
          : resource.source === 'cluster'
            ? 'Its clusterType names OpenStack, so Felix adds the rules that virtual machines need for DHCP, DNS and metadata.'
            : describeEnvironment(resource, explainer),
      )
    case 'service':
      return plain(
        'A Service makes no rules of its own: rules that name it match the addresses of its EndpointSlices, and kube-proxy sends packets on to these before policy looks.',
      )
    case 'hostNetworkPod':
      return plain(
        `${resource.namespace}/${resource.name} uses the network of its node (hostNetwork), so it is no endpoint: no selector matches it. Its packets are the node's, which host endpoints and the node's addresses stand for.`,
      )
    case 'finishedPod':
      return plain('This Pod makes no rules: it has finished, and Calico has given up its address.')
    case 'podTemplate':
      return plain(
        resource.ownerKind === 'Pod'
          ? `This Pod makes no rules: without node and address it is no endpoint yet.`
          : `This ${resource.ownerKind} makes no rules: its pods do, once they have addresses.`,
      )
    case 'automaticHostEndpoints':
      return plain('It has Calico make host endpoints for every node.')
    default:
      return plain()
  }
}

/** Notes alone. */
function plain(...notes: string[]): Described {
  return { notes, chains: [] }
}

function describeNetworkSet(resource: ResourceOf<'networkSet'>, path: Path, explainer: Explainer): Described {
  const { chains } = explainer
  const sets = setsOfNetworkSet(resource, explainer)
  const kind = resource.namespace === '' ? 'GlobalNetworkSet' : 'NetworkSet'
  const index = path[1] === 'nets' && typeof path[2] === 'number' ? path[2] : undefined
  const net = index === undefined ? undefined : resource.nets[index]
  if (net !== undefined && net.ipVersion !== explainer.ruleset.ipVersion)
    return plain(
      `${formatCidr(net)} is of IPv${net.ipVersion}; these are the rules of IPv${explainer.ruleset.ipVersion}${explainer.ruleset.ipVersion === 4 ? ' (-6 explains the others)' : ''}.`,
    )
  const what = net === undefined ? `the nets of this ${kind}` : 'this net'
  return { notes: describeMembership(what, sets, explainer), chains: rulesWithSets(sets, chains) }
}

function describeEndpointSlice(resource: ResourceOf<'endpointSlice'>, explainer: Explainer): Described {
  const { chains } = explainer
  const sets = setsOfSlice(resource, explainer)
  const service = `${resource.namespace}/${resource.service}`
  if (sets.length === 0) return plain(`No rule of this node names the service ${service}.`)
  return {
    notes: describeMembership('the addresses of this EndpointSlice', sets, explainer),
    chains: rulesWithSets(sets, chains),
  }
}

function describeNamespace(resource: ResourceOf<'namespace'>, explainer: Explainer): Described {
  const { plan } = explainer
  const count = explainer.endpoints.filter(
    ({ endpoint }) => endpoint.kind === 'workloadEndpoint' && endpoint.namespace === resource.name,
  )
  const here = count.filter(({ endpoint }) => endpoint.node === plan.nodeName).length
  return plain(
    `Namespace ${resource.name} has ${count.length} ${count.length === 1 ? 'endpoint' : 'endpoints'}, ${here} on this node. Its labels are theirs for namespaceSelector, and its profile kns.${resource.name} lets through what no policy decides.`,
  )
}

function describeProfile(resource: ResourceOf<'profile'>, explainer: Explainer): Described {
  const { plan } = explainer
  const users = explainer.endpoints.filter(({ endpoint }) => endpoint.profiles.includes(resource.name))
  const here = users.filter(({ endpoint }) => endpoint.node === plan.nodeName).length
  const owner = profileOwner(resource.name)
  if (owner?.kind === 'namespace' && resource.location?.path.length === 0) {
    const isNamespace = explainer.resources.some(
      other => other.kind === 'namespace' && other.location === resource.location,
    )
    if (isNamespace) return plain()
  }
  const title =
    owner?.kind === 'serviceAccount'
      ? `Service account ${owner.namespace}/${owner.name} is that of`
      : `Profile ${resource.name} is listed by`
  return plain(
    `${title} ${users.length} ${users.length === 1 ? 'endpoint' : 'endpoints'}, ${here} on this node.${here === 0 ? ' So it has no chains here.' : ''}`,
  )
}

function describeNode(resource: ResourceOf<'node'>, explainer: Explainer): Described {
  const { plan, chains } = explainer
  const sets = setsOfNode(resource, explainer)
  const title =
    resource.name === plan.nodeName
      ? `${resource.name} is the node whose rules these are. Its labels choose FelixConfigurations.`
      : `${resource.name} is another node.`
  return {
    notes: [title, ...describeMembership('its addresses', sets, explainer)],
    chains: rulesWithSets(sets, chains),
  }
}

function describeTier({ name, order, defaultAction }: Tier, { plan, chains }: Explainer): readonly string[] {
  const policies = plan.matching.tiers.find(tier => tier.name === name)?.policies ?? []
  const isMet = chains.some(({ rules }) =>
    rules.some(({ rule: { origin } }) => origin.kind === 'tier' && origin.tier === name),
  )
  const end =
    defaultAction === 'Deny'
      ? 'packets of an endpoint that one of its policies selects are dropped at its end, unless decided (in untracked and preDNAT chains they go on)'
      : 'what its policies do not decide goes on to the next tier'
  return [
    `Tier ${name}, order ${order}; default action ${defaultAction}: ${end}.`,
    policies.length === 0
      ? 'No policy is in it, so it makes no rules.'
      : `Its ${policies.length === 1 ? 'policy' : `${policies.length} policies, in order`}: ${listed(policies.map(({ id }) => policyName(id)))}.`,
    ...(policies.length > 0 && !isMet
      ? ['None of them selects an endpoint of this node, so it makes no rules here.']
      : []),
  ]
}

function describePool(pool: IpPool, { ruleset }: Explainer): readonly string[] {
  const { cidr, isNatOutgoing, hasIpip, hasVxlan, isLoadBalancerOnly } = pool
  const text = formatCidr(cidr)
  if (cidr.ipVersion !== ruleset.ipVersion)
    return [`A pool of IPv${cidr.ipVersion}; these are the rules of IPv${ruleset.ipVersion}.`]
  const sets = ruleset.ipSets.filter(({ source, members }) => source.kind === 'static' && members.includes(text))
  const tunnel = hasIpip ? ', reached through IP-in-IP' : hasVxlan ? ', reached through VXLAN' : ', without a tunnel'
  return [
    `Addresses of pods: ${text}${tunnel}; what leaves the pools is ${isNatOutgoing ? '' : 'not '}masqueraded${isNatOutgoing ? ' (natOutgoing)' : ''}.${isLoadBalancerOnly ? ' Only for load balancers.' : ''}`,
    sets.length === 0
      ? 'It is in no IP set of this node.'
      : `It is in the ${sets.length === 1 ? 'set' : 'sets'} ${listed(sets.map(({ name }) => name))}.`,
  ]
}
