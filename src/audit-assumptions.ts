// Whether a node's text fits better to another release, node, environment or stored names than to what was asked for.

import type { Cause } from './audit/cause.ts'
import { distanceOf } from './audit/distance.ts'
import type { Finding, VersionAudit } from './audit/finding.ts'
import { strangeAddresses } from './audit/own-addresses.ts'
import { otherSetting, untoldSetting } from './audit/setting-causes.ts'
import { GOOD, otherSettings, USUAL_VARIABLES } from './audit/usual-variables.ts'
import { felixFieldNamed } from './calico/felix-config.ts'
import { allReleases, lastPatches } from './calico/releases/releases.ts'
import { namesOf, ownerOfChains, ownerOfHost, ownerOfSets, type Stray, wrongNodes } from './audit-owners.ts'
import type { Assumption, ClusterRules, NodeRules } from './cluster-rules.ts'
import type { NodeState } from './node-text.ts'
import type { HostFiles } from './reader/parse-host.ts'

/** A node, what was saved on it, and the input that says what should be there. */
export interface NodeAuditInput {
  readonly cluster: ClusterRules
  readonly node: string | undefined
  readonly state: NodeState
  readonly host: HostFiles | undefined
  /** Somebody said which release it is: no other is taken instead. */
  readonly isReleaseGiven: boolean
}

interface Nearest {
  readonly version: string
  readonly left: number
  readonly names: 'unprefixed' | undefined
}

/** Felix wrote something else, which foreign rules and flushed chains do not tell. */
function isOfAnotherText(finding: Finding): boolean {
  return ['rule-changed', 'rule-extra', 'hashes-differ', 'chain-missing', 'chain-left-over', 'set-missing'].includes(
    finding.kind,
  )
}

export interface Better {
  readonly rules: NodeRules
  readonly causes: readonly Cause[]
}

/** @param compare the node's text with rules */
export function betterAssumption(
  input: NodeAuditInput,
  asked: Assumption,
  told: NodeRules,
  compare: (rules: NodeRules) => readonly VersionAudit[],
): Better {
  const search = new Search(input, asked, told, compare)
  search.tryOwners()
  search.tryReleases()
  search.tryStoredNames()
  search.tryEnvironment()
  search.tryHost()
  return search
}

class Search implements Better {
  rules: NodeRules
  readonly causes: Cause[] = []
  readonly #input: NodeAuditInput
  readonly #compare: (rules: NodeRules) => readonly VersionAudit[]
  #assumed: Assumption
  #left: number
  #host: NodeAuditInput['host']
  /** All differences come of a setting that is not the one of the input. */
  #isExplained = false

  constructor(
    input: NodeAuditInput,
    asked: Assumption,
    told: NodeRules,
    compare: (rules: NodeRules) => readonly VersionAudit[],
  ) {
    this.#input = input
    this.#host = input.host
    this.#assumed = asked
    this.rules = told
    this.#compare = compare
    this.#left = this.#distance(told)
  }

  /** Files of another node; where the rules are among them, what that one should have is compared. */
  tryOwners(): void {
    const { state } = this.#input
    const told = this.rules
    const asked = told.plan.nodeName
    const ofChains = state.versions.map(version => ownerOfChains(told, version))
    const [ofSets, ofHost] = [ownerOfSets(told, state), ownerOfHost(told)]
    const [first = ofSets, ...others] = new Set(ofChains.filter(owner => owner !== undefined))
    const node = others.length > 0 || first === asked ? undefined : first
    const chainsOf = (owner: string): string =>
      `chains of the workloads of ${owner} are there, those of ${asked} are not`
    const own = `the node's own set of its addresses has those of ${ofSets ?? ''}`
    const strays: Stray[] = []
    if (node !== undefined && this.#left > 0) {
      const [left, host] = [this.#left, this.#host]
      if (ofHost !== node) this.#host = undefined
      if (this.#try({ node }, GOOD) === undefined) this.#host = host
      else {
        const evidence = [...(ofChains.includes(node) ? [chainsOf(node)] : []), this.#change(left)]
        strays.push({ node, files: state.versions.flatMap(({ files }) => files), evidence })
      }
    }
    for (const [index, owner] of others.length === 0 ? [] : ofChains.entries())
      if (owner !== undefined && owner !== asked)
        strays.push({ node: owner, files: state.versions[index]?.files ?? [], evidence: [chainsOf(owner)] })
    if (ofSets !== undefined) strays.push({ node: ofSets, files: namesOf(state.sets), evidence: [own] })
    if (ofHost !== undefined && this.#input.host !== undefined) {
      const files = namesOf([this.#input.host].flat())
      strays.push({ node: ofHost, files, evidence: [`interfaces have the addresses of ${ofHost}`] })
    }
    this.causes.push(...wrongNodes(strays, asked))
  }

  tryReleases(): void {
    if (this.#left === 0 || !this.#findings().some(isOfAnotherText)) return
    const own = this.rules.release.name
    const others = lastPatches().filter(({ name }) => name !== own)
    const nearest = this.#nearest(others.map(({ name }) => name))
    if (nearest === undefined || nearest.left > this.#left * GOOD) return
    const minor = nearest.version.replace(/\.[0-9]+$/, '.')
    const patches = allReleases().filter(({ name }) => name.startsWith(minor) && name !== nearest.version)
    const finer = nearest.left === 0 ? undefined : this.#nearest(patches.map(({ name }) => name))
    const { version, left, names } = finer !== undefined && finer.left < nearest.left ? finer : nearest
    const evidence = `${this.#left} rules and members are not those of ${own}, ${left} are not those of ${version}`
    if (!this.#input.isReleaseGiven)
      this.#try({ calicoVersion: version, ...(names === undefined ? {} : { names }) }, GOOD)
    this.causes.push({
      kind: 'other-release',
      title: `the rules on the node are those of Calico ${version}, not of ${own}`,
      evidence: [
        evidence,
        this.#input.isReleaseGiven ? `compared with ${own}, as asked` : `compared with ${version}`,
        ...(names === undefined ? [] : ['policies have the names of v3.32 there: Calico was downgraded']),
      ],
      findings: [],
      orElse: [],
    })
  }

  tryStoredNames(): void {
    if (this.#left === 0) return
    const before = this.#left
    if (this.#try({ names: 'stored' }, GOOD) === undefined) return
    this.causes.push({
      kind: 'stored-names',
      title:
        'policies have on the node the names that releases up to v3.31 stored them under: `default.NAME` for `NAME`',
      evidence: [
        this.#change(before),
        'Calico was upgraded, and the names of its stored policies have not been migrated: calicoctl prints the new ones',
      ],
      findings: [],
      orElse: [],
    })
  }

  /** Variables that nearly every installation sets, or whose effect is seen in one chain; then what the input sets. */
  tryEnvironment(): void {
    if (this.#left === 0) return
    const tables = this.#input.state.versions.map(one => one.tables)
    for (const { variable: named, mayBe, share } of USUAL_VARIABLES) {
      if (this.#left === 0) return
      if (mayBe(this.#findings(), tables))
        this.#tryVariable(typeof named === 'string' ? named : named(this.#findings(), tables), share)
    }
    for (const variable of otherSettings(this.#findings(), this.rules)) {
      if (this.#left === 0 || this.#isExplained) return
      this.#tryVariable(variable, GOOD)
    }
  }

  #tryVariable(variable: string, share = 0.999): void {
    if (this.#isExplained) return
    const [before, findings] = [this.#left, this.#findings()]
    const [name = ''] = variable.replace(/^FELIX_/, '').split('=')
    const field = felixFieldNamed(name)
    const { variables = [] } = this.#assumed
    const told = { rules: this.rules, assumed: this.#assumed }
    if (this.#try({ variables: [...variables, variable] }, share) === undefined) return
    const change = this.#change(before)
    if (field === undefined || told.rules.plan.configSources[field] === undefined) {
      this.causes.push(untoldSetting(variable, change))
      return
    }
    // The node is held to what the input says.
    this.#isExplained = this.#left === 0
    this.causes.push(otherSetting(variable, change, this.#isExplained ? findings : []))
    this.rules = told.rules
    this.#assumed = told.assumed
    this.#left = before
  }

  /** The set of the node's own addresses is not that of the given ones. */
  tryHost(): void {
    if (
      this.#left === 0 ||
      this.#isExplained ||
      this.#host === undefined ||
      this.causes.some(({ kind }) => kind === 'wrong-node')
    )
      return
    const cause = strangeAddresses(this.#findings())
    if (cause !== undefined) this.causes.push(cause)
  }

  #distance(rules: NodeRules): number {
    return distanceOf(this.#compare(rules))
  }

  #findings(): readonly Finding[] {
    return this.#compare(this.rules).flatMap(({ findings }) => findings)
  }

  /** The newest of those that fit alike. */
  #nearest(versions: readonly string[]): Nearest | undefined {
    let best: Nearest | undefined
    for (const version of [...versions].reverse()) {
      for (const names of [undefined, 'unprefixed'] as const) {
        const more = names === undefined ? {} : { names }
        const assumed = { ...this.#assumed, calicoVersion: version, ...more }
        const result = this.#input.cluster.rulesFor(assumed, this.#host)
        if (!result.ok || (names !== undefined && result.rules.release.policyIdentity === 'kindAndName')) continue
        const left = this.#distance(result.rules)
        if (best === undefined || left < best.left) best = { version, left, names }
        if (left === 0) return best
      }
    }
    return best
  }

  #try(more: Assumption, share: number): NodeRules | undefined {
    const assumed = { ...this.#assumed, ...more }
    const result = this.#input.cluster.rulesFor(assumed, this.#host)
    if (!result.ok) return undefined
    const left = this.#distance(result.rules)
    if (left > this.#left * share) return undefined
    this.#assumed = assumed
    this.#left = left
    this.rules = result.rules
    return result.rules
  }

  #change(before: number): string {
    return `that leaves ${this.#left} of ${before} different rules and members`
  }
}
