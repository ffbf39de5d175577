// What a conversion has in hand besides its input: where fields came from, and what it changed.

import { SourcePaths } from './source-paths.ts'

export const CALICO_V3_VERSION = 'projectcalico.org/v3'

/** A plain value of projectcalico.org/v3, as it would stand in a file. */
export type Plain = Readonly<Record<string, unknown>>

export class Conversion {
  readonly paths = new SourcePaths()
  readonly #changes: string[] = []

  /** Changes in the order in which they were made, each once. */
  get changes(): readonly string[] {
    return [...new Set(this.#changes)]
  }

  note(change: string): void {
    this.#changes.push(change)
  }

  /** Notes a new name, where it is new. */
  rename(what: string, from: string, to: string): string {
    if (from !== to) this.note(`${what} \`${from}\` is now \`${to}\``)
    return to
  }
}

/** A mapping without the fields that have no value. */
export function present(fields: Plain): Plain {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}
