// A document of projectcalico.org/v3 -> typed value: field names folded, schema, metadata, and the checks of its kind.

import type { Checker, EntryPlace } from './checker.ts'
import type * as z from 'zod'
import { at, type Location, type Path } from '../../diagnostics/source.ts'
import type { ParseContext, ResourceDocument } from '../context.ts'
import { decodeParts, type Parts } from '../decode.ts'
import { readBy } from '../quick-schema.ts'
import { foldFieldNames } from '../../hints/field-case.ts'
import type { Metadata } from '../metadata.ts'
import { checkMetadata } from './check-metadata.ts'
import { checkUnquoted } from './check-unquoted.ts'

interface WithMetadata {
  readonly metadata?: Metadata | undefined
}

/**
 * Reads and checks a document. All its mistakes are reported; undefined when the schema does not fit, so that only
 * whole resources go on.
 */
export function decodeResource<T extends WithMetadata>(
  schema: z.ZodType<T>,
  { kind, value, location, isStored = false }: ResourceDocument,
  { report, release }: Pick<ParseContext, 'report' | 'release'>,
  check?: (resource: T, checker: Checker) => void,
): T | undefined {
  // Field names need a second look only where something does not fit as it stands.
  const plain = readBy(schema, value)
  const parts: Parts<T> | undefined = plain.success
    ? { value: plain.data, isWhole: true, location, isBroken: () => false }
    : decodeParts(schema, foldFieldNames(schema, value, location, report), location, report)
  if (parts === undefined) return undefined
  const locate = (place: Path | EntryPlace): Location =>
    isEntryPlace(place) ? partOf(parts.location, place) : at(parts.location, ...place)
  const checker: Checker = {
    release,
    isStored,
    error: (code, place, message, advice) => report.error(code, message, locate(place), advice),
    warn: (code, place, message, advice) => report.warn(code, message, locate(place), advice),
    isBroken: (...path) => parts.isBroken(path),
    locate,
    spanOf: place => report.sources.spanOf(place),
  }
  checkMetadata(kind, parts.value.metadata, checker)
  checkUnquoted(value, checker)
  check?.(parts.value, checker)
  return parts.isWhole ? parts.value : undefined
}

function partOf(location: Location, { path, entry, because }: EntryPlace): Location {
  return {
    ...at(location, ...path),
    ...(entry === undefined ? {} : { entry }),
    ...(because === undefined ? {} : { because: [...location.path, ...because] }),
  }
}

function isEntryPlace(place: Path | EntryPlace): place is EntryPlace {
  return 'path' in place
}
