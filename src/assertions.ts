// Assertions on one page: read them, look up whom they mean, and prove or refute each over all packets.

import { readClaim } from './answers/assert/claim.ts'
import { type Example, exampleOf, worldOfNodes } from './answers/assert/example.ts'
import { claimedPackets, prove, type Proof } from './answers/assert/prove.ts'
import type { ReachCluster } from './answers/reach/reach-cluster.ts'
import { clusterReach, type ReachAnswer, type ReachInput } from './cluster-reach.ts'
import { type Diagnostic, Report } from './diagnostics/diagnostic.ts'
import { inOrder } from './diagnostics/order.ts'
import type { SourceFile, Span } from './diagnostics/source.ts'
import type { Assertion } from './model/assertion.ts'
import type { IpVersion } from './net/cidr.ts'
import { readAssertions } from './parser/read-assertions.ts'
import type { World } from './trace/world.ts'

export interface AssertionOutcome {
  readonly title: string
  readonly assertion: Assertion
  readonly span: Span
  /** `unclear` is no proof: whoever wants to be sure takes it for refuted. */
  readonly outcome: 'proved' | 'refuted' | 'unclear'
  /** Those of which somebody of the assertion has addresses. */
  readonly ipVersions: readonly IpVersion[]
  /** Of the first version that is not proved. */
  readonly example?: Example
  /** Why nobody can say; only of `unclear`. */
  readonly why: readonly string[]
}

export type AssertionsResult =
  | { readonly ok: true; readonly outcomes: readonly AssertionOutcome[]; readonly diagnostics: readonly Diagnostic[] }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] }

/**
 * Any mistake in the files of assertions or in the input means no outcome.
 * @throws TooManyNodesError where the sets grow over all bounds
 */
export function proveAssertions(files: readonly SourceFile[], input: ReachInput): AssertionsResult {
  const found = clusterReach(input)
  if (!found.ok) return found
  const proved = proveWith(files, found.answer)
  return { ...proved, diagnostics: [...found.diagnostics, ...proved.diagnostics] }
}

/** The same of an input that has been read. */
export function proveWith(files: readonly SourceFile[], answer: ReachAnswer): AssertionsResult {
  const report = new Report()
  const claims = files
    .flatMap(file => readAssertions(file, report))
    .flatMap(assertion => readClaim(assertion, answer.cluster, report) ?? [])
  if (report.hasErrors) return { ok: false, diagnostics: inOrder(report.diagnostics, report.sources) }
  const versions = ([4, 6] as const).flatMap(ipVersion => {
    const nodes = answer.nodesOf(ipVersion)
    const world = worldOfNodes(nodes, answer.resources)
    if (world === undefined) return []
    const reach = answer.reach(ipVersion)
    return [{ ipVersion, reach, world, claimedBy: claimedPackets(reach, answer.cluster) }]
  })
  const outcomes = claims.flatMap((claim): readonly AssertionOutcome[] => {
    const { assertion, title } = claim
    const proofs = versions.map(version => ({ version, proof: prove(claim, version.reach, version.claimedBy) }))
    const there = proofs.filter(({ proof }) => proof.kind !== 'empty')
    if (there.length === 0) {
      report.error(
        'bad-value',
        `\`${title}\` is about no packet: nobody has an address, or nobody is left`,
        assertion.location,
      )
      return []
    }
    const worst =
      there.find(({ proof }) => proof.kind === 'refuted') ?? there.find(({ proof }) => proof.kind === 'unclear')
    const ipVersions = there.map(({ version }) => version.ipVersion)
    const span = report.sources.spanOf(assertion.location)
    return [{ title, assertion, span, ipVersions, ...told(worst, assertion) }]
  })
  if (report.hasErrors) return { ok: false, diagnostics: inOrder(report.diagnostics, report.sources) }
  return { ok: true, outcomes, diagnostics: inOrder(report.diagnostics, report.sources) }
}

interface Worst {
  readonly version: { readonly ipVersion: IpVersion; readonly reach: ReachCluster; readonly world: World }
  readonly proof: Proof
}

function told(worst: Worst | undefined, { kind }: Assertion): Pick<AssertionOutcome, 'outcome' | 'example' | 'why'> {
  const proof = worst?.proof
  if (worst === undefined || proof?.kind === 'proved' || proof?.kind === 'empty' || proof === undefined)
    return { outcome: 'proved', why: [] }
  const example = exampleOf(proof.connection, worst.version.world)
  if (proof.kind === 'unclear') return { outcome: 'unclear', example, why: proof.why }
  const { verdict } = example
  // The walk of one packet has the last word: what it contradicts is not told as a fact.
  const isThrough = verdict === 'accept'
  if (verdict !== 'unknown' && isThrough === (kind === 'allow'))
    return { outcome: 'unclear', example, why: [`the walk of this packet says otherwise: ${verdict}`] }
  return { outcome: 'refuted', example, why: [] }
}
