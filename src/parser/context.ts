// What every decoder is handed: where to put what it reads, and where to say what is wrong.

import type { Release } from '../calico/releases/release.ts'
import type { DiagnosticCode } from '../diagnostics/codes.ts'
import type { Report } from '../diagnostics/diagnostic.ts'
import type { Location } from '../diagnostics/source.ts'
import type { Resource } from '../model/ast/resources.ts'
import type { SelectorCache } from './compose-selectors.ts'

export interface ParseContext {
  readonly report: Report
  /** Whose kinds, fields and names are taken. */
  readonly release: Release
  readonly selectors: SelectorCache
  /** Whether to say what Calico's own loader would refuse. */
  readonly notesBeyondCalico: boolean
  /** Says something once for the whole input. */
  readonly noteOnce: (code: DiagnosticCode, message: string, location: Location) => void
  readonly add: (resource: Resource) => void
  /** Data of the ConfigMaps that have been read, by `NAMESPACE/NAME`. */
  readonly configMaps: Map<string, Readonly<Record<string, unknown>>>
  /** Runs when the whole input has been read, in the order asked for. */
  readonly later: (finish: (resources: readonly Resource[]) => void) => void
  /** The folders that hold charts of Helm. */
  readonly charts: readonly string[]
  /** Is shown each document that is a resource. */
  readonly visit?: ((document: ResourceDocument) => void) | undefined
}

/** A document that is one resource. */
export interface ResourceDocument {
  readonly apiVersion: string
  readonly kind: string
  readonly value: Readonly<Record<string, unknown>>
  readonly location: Location
  /** As Calico keeps it in Kubernetes: under the name it is stored by, and without what the API fills in. */
  readonly isStored?: boolean
}

/**
 * Decodes a kind that makes no rules but what is said about them; true where the document turns out to decide about rules
 * after all, so that it is not counted among those that do not.
 */
export type SideDecoder = (document: ResourceDocument, context: ParseContext) => boolean

export type Decoder = (document: ResourceDocument, context: ParseContext) => void
