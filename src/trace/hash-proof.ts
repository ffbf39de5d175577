// Whether a rule of a node's text is the one that Felix wrote, by its hash alone: what it was made of is not there any more, but
// few rules look like this one to iptables-save.

import { isCalicoChain, readChainName } from '../calico/read-chain-name.ts'
import { chainDigest, hashText, ruleDigest } from '../calico/rule-hash.ts'
import type { RuleBackend } from '../model/rule-backend.ts'
import type { ReadOrigin } from '../model/origin.ts'
import type { Chain, Rule, Target } from '../model/ruleset.ts'
import { type FelixForm, felixForms, type FelixOrder, isInvertible, MAX_FORMS } from '../netfilter/felix-forms.ts'
import type { KernelTables } from '../netfilter/kernel-tables.ts'
import type { IpVersion } from '../net/cidr.ts'
import { groupBy } from '../text/group-by.ts'
import { bodyOf, type HashedRule, isHashed, joined, partsOf, type Run, runsOf } from './hash-runs.ts'

/**
 * `own`: the hash is that of this rule and those before it. `edited`: the hash is that of the rule with another target.
 * `displaced`: it is of another rule, or of others before it. `foreign`: a rule without one among Felix's, which all have one.
 */
export type HashStanding = 'own' | 'edited' | 'displaced' | 'foreign'

export interface HashProof {
  /** Undefined where nothing is sure. Reads a chain down to the rule, once. */
  readonly standingOf: (rule: Rule) => HashStanding | undefined
}

/** Forms that are tried for one text beyond the first of each rule. */
const MAX_WORK = 100_000

/** Chains whose first rules say whether the hashes are made as this program makes them. */
const SAMPLE = 16

/** A chain that is being read. */
interface Reading {
  readonly runs: readonly Run[]
  readonly order: FelixOrder
  readonly isKernels: boolean
  /** Of rules that are hashed one after the other: in chains of the kernel's, appended rules are apart. */
  readonly sequences: { readonly seed: string; digest: Uint8Array }[]
  readonly seen: Set<string>
  /** By line of the text. */
  readonly standings: Map<number, HashStanding>
  next: number
  /** What the digest of a rule is cannot be said any more. */
  isBroken: boolean
}

/** @param backend as it prints the node's rules, they are hashed */
export function createHashProof(tables: KernelTables, backend: RuleBackend): HashProof {
  const chains = groupBy(
    tables.tables.flatMap(({ kernelChains, userChains }): readonly Chain[] => [
      ...kernelChains,
      ...userChains.values(),
    ]),
    ({ name }) => name,
  )
  const reader = new ProofReader(tables, backend)
  let isKnown: boolean | undefined
  return {
    standingOf: rule => {
      if (rule.origin.kind !== 'read') return undefined
      const chain = chainOf(rule.origin, chains)
      if (!isHashed(rule)) {
        const isAmongFelixs = chain !== undefined && isCalicoChain(chain.name) && chain.rules.some(isHashed)
        return isAmongFelixs ? 'foreign' : undefined
      }
      const standing = chain === undefined ? undefined : reader.standingIn(chain, rule)
      if (standing !== 'displaced') return standing
      isKnown ??= isWrittenAsKnown(chains, reader)
      return isKnown ? standing : undefined
    },
  }
}

/** Whether most chains begin as this program would have Felix begin them: another release may print otherwise. */
function isWrittenAsKnown(chains: ReadonlyMap<string, readonly Chain[]>, reader: ProofReader): boolean {
  const sample: boolean[] = []
  for (const [name, [chain]] of chains) {
    if (sample.length === SAMPLE) break
    const rule = isCalicoChain(name) ? chain?.rules.find(isHashed) : undefined
    if (chain !== undefined && rule !== undefined) sample.push(reader.standingIn(chain, rule) === 'own')
  }
  return sample.filter(isOwn => isOwn).length * 2 >= sample.length
}

/** Reads chains from their beginning, each rule once. */
class ProofReader {
  readonly #ipVersion: IpVersion
  readonly #backend: RuleBackend
  readonly #kernels: ReadonlySet<Chain>
  readonly #readings = new Map<Chain, Reading>()
  #spent = 0

  constructor({ tables, ipVersion }: KernelTables, backend: RuleBackend) {
    this.#ipVersion = ipVersion
    this.#backend = backend
    this.#kernels = new Set<Chain>(tables.flatMap(({ kernelChains }) => kernelChains))
  }

  standingIn(chain: Chain, { origin }: HashedRule): HashStanding | undefined {
    const reading = this.#readingOf(chain, origin.place.file)
    if (!reading.standings.has(origin.line)) this.#readTo(reading, origin.line)
    return reading.standings.get(origin.line)
  }

  #readingOf(chain: Chain, file: string): Reading {
    const known = this.#readings.get(chain)
    if (known !== undefined) return known
    const isKernels = this.#kernels.has(chain)
    const seeds = isKernels ? [chain.name, `${chain.name}*appends*`] : [chain.name]
    const made: Reading = {
      runs: runsOf(chain.rules.filter(isHashed).filter(({ origin }) => origin.place.file === file)),
      order: orderOf(chain.name),
      isKernels,
      sequences: seeds.map(seed => ({ seed, digest: chainDigest(seed) })),
      seen: new Set(),
      standings: new Map(),
      next: 0,
      isBroken: false,
    }
    this.#readings.set(chain, made)
    return made
  }

  /** Until the line has been read, or nothing more can be said. */
  #readTo(reading: Reading, line: number): void {
    while (!reading.isBroken && reading.next < reading.runs.length) {
      const run = reading.runs[reading.next] ?? []
      reading.next++
      const parts = partsOf(run)
      const own = parts.length === 1 ? undefined : this.#ownPart(parts, run, reading)
      const standing = own === undefined ? this.#standingOfRun(run, reading) : 'own'
      for (const part of parts) {
        const said = own === undefined || part === own ? standing : standingBeside(part, own)
        for (const { origin } of part) if (said !== undefined) reading.standings.set(origin.line, said)
      }
      if (run.some(({ origin }) => origin.line === line)) return
    }
  }

  /** Of rules of one hash that differ in more than nets: those that it is of, with the nets of all or with theirs alone. */
  #ownPart(parts: readonly Run[], run: Run, reading: Reading): Run | undefined {
    const own = parts.find(part =>
      [part, run].some(nets => {
        const rule = joined(part, nets)
        return this.#fit(rule, felixForms(rule, reading.order, this.#ipVersion), reading) === 'yes'
      }),
    )
    const [first] = run
    if (own !== undefined && first !== undefined) reading.seen.add(first.origin.hash)
    return own
  }

  #standingOfRun(run: Run, reading: Reading): HashStanding | undefined {
    const { order, seen } = reading
    const rule = joined(run)
    const { hash } = rule.origin
    const isRepeated = seen.has(hash)
    seen.add(hash)
    const found = this.#fit(rule, felixForms(rule, order, this.#ipVersion), reading)
    if (found === 'yes') return 'own'
    // A second one of the hash is no part of what is hashed.
    if (isRepeated) return undefined
    if (this.#fit(rule, edits(rule, order, this.#ipVersion), reading) === 'yes') return 'edited'
    reading.isBroken = true
    const isSure = found === 'no' && !reading.isKernels && run.length === 1 && isInvertible(rule, order)
    return isSure ? 'displaced' : undefined
  }

  /** Whether a form of the rule has its hash behind one of the sequences, which goes on from it then. */
  #fit(
    { comments, origin }: HashedRule,
    forms: Iterable<FelixForm>,
    { sequences }: Reading,
  ): 'yes' | 'no' | 'too many' {
    let tried = 0
    for (const form of forms) {
      if (tried++ > 0) this.#spent++
      if (tried > MAX_FORMS || this.#spent > MAX_WORK) return 'too many'
      const text = this.#backend.printRule({ comments, ...form, origin })
      for (const sequence of sequences) {
        const digest = ruleDigest(sequence.digest, sequence.seed, text)
        if (hashText(digest) !== origin.hash) continue
        sequence.digest = digest
        return 'yes'
      }
    }
    return 'no'
  }
}

/** Of the chains of this name, one in each table, the last one that begins above the rule. */
function chainOf({ text, line, place }: ReadOrigin, chains: ReadonlyMap<string, readonly Chain[]>): Chain | undefined {
  const name = /^-[AI] (\S+)/.exec(text)?.[1]
  let found: { readonly chain: Chain; readonly line: number } | undefined
  for (const chain of name === undefined ? [] : (chains.get(name) ?? [])) {
    const { origin } = chain
    if (origin.kind !== 'read' || origin.place.file !== place.file || origin.line > line) continue
    if (found === undefined || origin.line > found.line) found = { chain, line: origin.line }
  }
  return found?.chain
}

function orderOf(chain: string): FelixOrder {
  const { bearer } = readChainName(chain) ?? {}
  return bearer === 'policy' || bearer === 'profile' ? 'policy' : 'any'
}

/** Of rules that have the hash of others beside them. */
function standingBeside([rule]: Run, [own]: Run): HashStanding | undefined {
  return rule !== undefined && own !== undefined && bodyOf(rule) === bodyOf(own) ? 'edited' : undefined
}

/** The rule with any other target that Felix can have given it. */
function* edits(rule: HashedRule, order: FelixOrder, ipVersion: IpVersion): Generator<FelixForm> {
  const bits = Array.from({ length: 32 }, (_, bit) => 2 ** bit)
  const targets: readonly Target[] = [
    ...(['drop', 'accept', 'return', 'reject'] as const).map(kind => ({ kind })),
    ...bits.map(bit => ({ kind: 'setMark', value: bit, mask: bit }) as const),
  ]
  for (const target of targets) yield* felixForms({ matches: rule.matches, target }, order, ipVersion)
}
