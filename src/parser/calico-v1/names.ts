// Names of the v1 format in the form that projectcalico.org/v3 takes.

import { trimOf } from '../../text/trim.ts'
import { namespaceProfileName } from '../../calico/labels.ts'
import { sha1Hex } from '../../calico/hash.ts'

/** Lower case, `/` as a dot, everything else that v3 names cannot hold as a dash, runs of dots and dashes made one. */
export function normaliseName(name: string): string {
  const clean = name
    .toLowerCase()
    .replaceAll('/', '.')
    .replace(/[^-.a-z0-9]+/g, '-')
    .replace(/[-.]+/g, run => (run.includes('.') ? '.' : run))
  return trimOf(clean, '-.')
}

/** The normalised name, with a piece of the SHA-1 of the old one behind it where anything changed. */
export function convertName(name: string): string {
  return withHash(name, normaliseName(name))
}

/** As `convertName`, for names that may hold no dot: those of policies and tiers. */
export function convertNameNoDots(name: string): string {
  return withHash(name, normaliseName(name).replaceAll('.', '-'))
}

function withHash(name: string, converted: string): string {
  return converted === name ? name : `${converted}-${sha1Hex(name).slice(0, 8)}`
}

/** Profiles of namespaces have had another prefix since v3. */
export function convertProfileName(name: string): string {
  return convertName(name.startsWith('k8s_ns.') ? namespaceProfileName(name.slice('k8s_ns.'.length)) : name)
}

/** `10.20.0.0/16` -> `10-20-0-0-16` */
export function poolName(cidr: string): string {
  return cidr.replace(/[.:/]/g, '-')
}

/** Name of a v3 WorkloadEndpoint: its parts joined by dashes, dashes inside a part doubled. */
export function workloadEndpointName(parts: readonly string[]): string {
  return parts.map(part => part.replaceAll('-', '--')).join('-')
}
