// What netfilter knows of one kind of target. Each kind has one home in targets/, and target-table.ts names them all: a
// kind that is not there, or lacks a facet, does not compile.

import type { Target } from '../model/ruleset.ts'
import type { KernelTableName } from './kernel-tables.ts'

export type TargetOf<K extends Target['kind']> = Extract<Target, { readonly kind: K }>

/** Options of a target by name: texts as the tool sees them and, for text in quotes, as they were written. */
export type TargetOptions = ReadonlyMap<string, { readonly text: string; readonly raw: string } | undefined>

export interface TargetFacets<T extends Target> {
  /** As Felix writes it, without a blank at either end. */
  readonly print: (target: T) => string
  /** By the name behind `-j`; readers give undefined when the options say something that is not known here. */
  readonly read: Readonly<Record<string, (options: TargetOptions) => Target | undefined>>
  /** What the kernel makes of it. Fields come in one order. */
  readonly kernelForm: (target: T) => Target
  /** The packet's mark after it, as xtables computes it; marks have 32 bits. */
  readonly nextMark: (target: T, mark: number) => number
  /** Tables for which it is registered; `all` where the kernel does not ask. */
  readonly tables: readonly KernelTableName[] | 'all'
}

export function hasOnly(options: TargetOptions, ...names: readonly string[]): boolean {
  return [...options.keys()].every(name => names.includes(name))
}

/** Reads a target that takes no options. */
export function withoutOptions(target: Target): (options: TargetOptions) => Target | undefined {
  return options => (options.size === 0 ? target : undefined)
}

/** Of a target that leaves the mark alone. */
export function keepMark(_: Target, mark: number): number {
  return mark
}

/** Of a target that the kernel keeps as it is. */
export function sameForm(target: Target): Target {
  return target
}
