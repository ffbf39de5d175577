// What turns rules into text for one program of a node: whoever needs the text is handed one of these.

import type { Chain, IpSet, KernelChainHooks, Rule, Table, TableName } from './ruleset.ts'

/** A rule as it is written. */
export interface PrintedRule {
  readonly rule: Rule
  /** By which Felix knows its own: 16 characters, made of this rule and those before it. */
  readonly hash: string
  /** The whole line, without its newline. */
  readonly text: string
}

/** Texts of comments: one line each, without the sign that makes a comment of them. */
export interface Annotator {
  readonly chain: (chain: Chain, table: TableName) => string
  readonly rule: (rule: Rule) => string
}

export interface RuleBackend {
  /** Comments, matches and target as they stand in a line, each preceded by a blank. */
  readonly printRule: (rule: Rule) => string
  /** The line that adds a rule to the end of a chain, without its newline; with a hash where it has one. */
  readonly printLine: (chain: string, hash: string | undefined, rule: Rule) => string
  /** The line at its longest, for limits: one hash is as long as any other. */
  readonly printLongestLine: (chain: string, rule: Rule) => string
  /** Hashes of the rules of a chain, in order. @param seed name of the chain, or of the part of it that is hashed apart */
  readonly hashRules: (seed: string, rules: readonly Rule[]) => readonly string[]
  /** The rules of a chain of Calico's own. */
  readonly printChain: (chain: Chain) => readonly PrintedRule[]
  /** Rules in a chain of the kernel's, in the order in which they are written. */
  readonly printHooks: (hooks: KernelChainHooks) => readonly PrintedRule[]
  /** Whole tables. @param printed texts of chains that have been printed already, and of those that are printed now */
  readonly printTables: (tables: readonly Table[], printed?: Map<Chain, string>) => string
  readonly printAnnotated: (tables: readonly Table[], annotator: Annotator) => string
  /** @param printed texts of sets that have been printed already, and of those that are printed now */
  readonly printSets: (sets: readonly IpSet[], printed?: Map<IpSet['members'], string>) => string
}
