// The same resource twice: which one counts, and what is said about it.

import type { Report } from '../diagnostics/diagnostic.ts'
import type { Location } from '../diagnostics/source.ts'
import type { Resource } from '../model/ast/resources.ts'
import type { ResourceDocument } from './context.ts'
import { CALICO_CRD, CALICO_V3 } from './kinds.ts'

/** What a document made. */
export interface Made {
  readonly name: ResourceName
  readonly location: Location
  readonly resources: readonly Resource[]
  /** Which of the inputs it came with. */
  readonly layer: number
}

/** Two of one key are one resource. */
export interface ResourceName {
  readonly key: string
  /** For messages. */
  readonly shown: string
}

export interface Repeats {
  /** Takes what a document made into account. */
  readonly add: (made: Made) => void
  /** Resources that do not count, because another of their name does. */
  readonly superseded: ReadonlySet<Resource>
}

/**
 * Of two resources of one name in one input the first counts, and the other is a mistake unless both say the same; one of a
 * later input takes the place of the earlier, as `kubectl apply` would have it.
 * @param severity of a mistake: `error` where rules are made, `warning` where files are looked at
 */
export function createRepeats(report: Report, severity: 'error' | 'warning'): Repeats {
  const known = new Map<string, Made>()
  const superseded = new Set<Resource>()
  return {
    superseded,
    add: made => {
      const { name, location, resources, layer } = made
      const first = known.get(name.key)
      if (first === undefined) {
        known.set(name.key, made)
        return
      }
      const related = [{ message: 'first here', place: first.location }]
      if (layer > first.layer) {
        for (const resource of first.resources) superseded.add(resource)
        known.set(name.key, made)
        const message = `\`${name.shown}\` takes the place of the one in an earlier input`
        report.note('replaced-resource', message, location, {
          related: [{ message: 'it was here', place: first.location }],
        })
        return
      }
      for (const resource of resources) superseded.add(resource)
      // What makes no rules may stand wherever it likes.
      if ([...first.resources, ...resources].every(({ kind }) => kind === 'podTemplate' || kind === 'finishedPod'))
        return
      const message = `\`${name.shown}\` is in the input twice, first at ${wordsOf(first.location, report)}`
      const help = 'keep one of them: which one a cluster would have depends on who applied last'
      if (isSame(first.resources, resources)) {
        const equal = `${message}; both say the same`
        if (severity === 'warning') report.warn('duplicate-resource', equal, location, { related })
        else report.note('duplicate-resource', equal, location, { related })
      } else if (severity === 'warning') report.warn('duplicate-resource', message, location, { help, related })
      else report.error('duplicate-resource', message, location, { help, related })
    },
  }
}

/** `FILE:LINE` */
function wordsOf(location: Location, { sources }: Report): string {
  const { file, start } = sources.spanOf(location)
  return `${file.name}:${sources.lines.at(file, start).line}`
}

/** Undefined for what has no name. Calico's stored form is no other resource. */
export function nameOf({ apiVersion, kind, value }: ResourceDocument): ResourceName | undefined {
  const metadata = value['metadata']
  if (typeof metadata !== 'object' || metadata === null) return undefined
  const { name, namespace } = metadata as { readonly name?: unknown; readonly namespace?: unknown }
  if (typeof name !== 'string' || name === '') return undefined
  const group = groupOf(apiVersion === CALICO_CRD ? CALICO_V3 : apiVersion)
  const space = typeof namespace === 'string' ? namespace : ''
  const own = space === '' && NAMESPACED.includes(kind) ? 'default' : space
  return {
    // The lengths say where each part ends, whatever is in it.
    key: `${group.length} ${kind.length} ${own.length} ${group}${kind}${own}${name}`,
    shown: `${kind} ${space === '' ? name : `${space}/${name}`}`,
  }
}

/** Kinds that can be written without their namespace, which then is `default`. */
const NAMESPACED = ['NetworkPolicy', 'StagedNetworkPolicy', 'StagedKubernetesNetworkPolicy', 'NetworkSet', 'Pod']

/** `apps` of `apps/v1`; empty for `v1`. */
function groupOf(apiVersion: string): string {
  return apiVersion === 'v1' ? '' : apiVersion.replace(/\/?v[^/]*$/, '')
}

/** Whether both make the same rules: places apart, nothing differs. */
function isSame(left: readonly Resource[], right: readonly Resource[]): boolean {
  return left.length === right.length && textOf(left) === textOf(right)
}

function textOf(resources: readonly Resource[]): string {
  return JSON.stringify(resources, (_, value: unknown) => {
    if (typeof value === 'bigint') return `${value}n`
    if (value instanceof Map || value instanceof Set) return [...value]
    if (value instanceof RegExp) return String(value)
    const isPlace = typeof value === 'object' && value !== null && 'document' in value && 'path' in value
    return isPlace ? null : value
  })
}
