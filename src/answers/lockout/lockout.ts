// Which services of a node are open by each of its host endpoints, to whom, by which rule, and what only fail-safes keep open.

import type { Bdd } from '../../analysis/sets/bdd.ts'
import { HeaderSets } from '../../analysis/sets/header-sets.ts'
import { toldInterfaces } from '../../analysis/sets/interface-names.ts'
import { SetWalker } from '../../analysis/sets/node-walk.ts'
import { createSpace } from '../../analysis/sets/packet-space.ts'
import { FAILSAFE_IN, FAILSAFE_OUT } from '../../calico/chains.ts'
import type { Resource } from '../../model/ast/resources.ts'
import type { HostFacts } from '../../model/host.ts'
import { allHostEndpoints, type NodePlan } from '../../model/plan.ts'
import type { IpVersion } from '../../net/cidr.ts'
import type { KernelTables } from '../../netfilter/kernel-tables.ts'
import { createScene, type SceneInput } from '../../trace/scene.ts'
import { netsOfScene } from '../diff-tables.ts'
import { likingOf } from '../liking.ts'
import type { LockoutDirection, LockoutService } from './services.ts'
import { forwardedVerdicts, type Verdicts, wholeVerdicts } from './verdicts.ts'
import { type How, RowTeller, type Told } from './tell-row.ts'
import { type Zone, Zones } from './zones.ts'

export interface LockoutRow extends Told {
  readonly endpoint: string
  readonly interfaceName: string
  readonly ipVersion: IpVersion
  readonly service: LockoutService
  readonly direction: LockoutDirection
  /** Of packets that come in, where from; of those that go out, where to. */
  readonly zone: Zone
}

export interface LockoutInput extends Omit<SceneInput, 'plan'> {
  readonly plan: NodePlan
  readonly resources: readonly Resource[]
  readonly host?: HostFacts | undefined
}

export interface VersionLockout {
  readonly ipVersion: IpVersion
  readonly rows: readonly LockoutRow[]
  /** No address of this version is known by which others call the node: nothing was looked at. */
  readonly isAddressless: boolean
}

/** @throws TooManyNodesError where the sets grow over all bounds */
export function lockoutOf(input: LockoutInput, services: readonly LockoutService[]): VersionLockout {
  const { tables, plan } = input
  const { ipVersion } = tables
  const scene = createScene(input)
  const { resources, host } = input
  const nets = netsOfScene({ scene, resources, host })
  const { names, strangers } = toldInterfaces(
    [tables],
    [...nets.behind, ...plan.hostEndpoints.map(({ interfaceName }) => interfaceName)],
  )
  const headers = new HeaderSets(createSpace(ipVersion, names, { strangers }))
  const walker = new SetWalker(headers, tables, nets, { withRules: true })
  const zones = new Zones(walker, plan, input)
  if (zones.local.length === 0) return { ipVersion, rows: [], isAddressless: true }
  const bare = withoutFailsafes(tables)
  const bareScene = createScene({ ...input, tables: bare })
  const asked = allHostEndpoints(plan).flatMap(({ name, interfaceName }) =>
    services.flatMap(service =>
      service.directions.flatMap(direction =>
        zones.of(interfaceName, direction, service.traffic).map(({ zone, packets }) => ({
          row: { endpoint: name, interfaceName, ipVersion, service, direction, zone },
          packets,
          isForwarded: service.isForwarded === true && direction === 'in',
        })),
      ),
    ),
  )
  const { store } = headers.space
  const all = (isForwarded: boolean): Bdd =>
    store.union(asked.filter(one => one.isForwarded === isForwarded).map(({ packets }) => packets))
  const [forwarded, others] = [all(true), all(false)]
  const liking = likingOf([scene])
  const verdictsBy = (one: SetWalker): Record<How, Verdicts> => ({
    forwarded: forwardedVerdicts(one, forwarded, liking),
    whole: wholeVerdicts(one, others),
  })
  const teller = new RowTeller(
    { walker, scene, verdicts: verdictsBy(walker) },
    {
      scene: bareScene,
      verdicts: verdictsBy(new SetWalker(headers, bare, nets, { withRules: true })),
    },
    liking,
  )
  return {
    ipVersion,
    rows: asked.map(({ row, packets, isForwarded }) => ({
      ...row,
      ...teller.tell(packets, isForwarded ? 'forwarded' : 'whole'),
    })),
    isAddressless: false,
  }
}

function withoutFailsafes(tables: KernelTables): KernelTables {
  return {
    ...tables,
    tables: tables.tables.map(table => ({
      ...table,
      userChains: new Map(
        [...table.userChains].map(([name, chain]) => [
          name,
          name === FAILSAFE_IN || name === FAILSAFE_OUT ? { ...chain, rules: [] } : chain,
        ]),
      ),
    })),
  }
}
