// What a FelixConfiguration sets, in the text form in which it reaches Felix.

import type { Release } from '../../calico/releases/release.ts'
import { type FelixField, FELIX_PARAMETERS, felixFieldNamed, isFelixFieldOf } from '../../calico/felix-config.ts'
import { failsafePortText } from '../../calico/felix-parameters.ts'
import { at, type Location } from '../../diagnostics/source.ts'
import type { FelixSetting } from '../../model/ast/felix-environment.ts'
import { parseNet } from '../../net/cidr.ts'
import type { V3FelixSpec } from './felix-schema.ts'

/** Annotations that begin so set a parameter by Felix's own name for it, past all checks; they win over the field. */
const ANNOTATION_PREFIX = 'config.projectcalico.org/'

export function felixSettings(
  spec: V3FelixSpec | undefined,
  annotations: Readonly<Record<string, string>>,
  location: Location,
  release: Release,
): ReadonlyMap<FelixField, FelixSetting> {
  const settings = new Map<FelixField, FelixSetting>()
  for (const [name, value] of Object.entries(spec ?? {})) {
    if (!Object.hasOwn(FELIX_PARAMETERS, name) || value === undefined || value === null) continue
    settings.set(name as FelixField, felixSetting(name as FelixField, value, at(location, 'spec', name)))
  }
  for (const [key, text] of Object.entries(annotations)) {
    if (!key.startsWith(ANNOTATION_PREFIX)) continue
    const field = felixFieldNamed(key.slice(ANNOTATION_PREFIX.length))
    if (field !== undefined && isFelixFieldOf(release, field))
      settings.set(field, { text, location: at(location, 'metadata', 'annotations', key) })
  }
  return settings
}

/** The text form in which a field reaches Felix: lists joined by commas, an empty list as `none`. */
function felixSetting(field: FelixField, value: unknown, location: Location): FelixSetting {
  if (isRange(value)) return { text: `${value.min}-${value.max}`, location }
  if (!Array.isArray(value)) return { text: String(value), location }
  // Calico has no text form for lists of ports: Go's own, in brackets, arrives, and Felix cannot read it.
  if (field === 'kubeNodePortRanges') return { text: `[${value.join(' ')}]`, location }
  if (value.length === 0) return { text: 'none', location }
  const texts: string[] = []
  for (const [index, element] of value.entries()) {
    if (isRange(element)) texts.push(`${element.min}-${element.max}`)
    else if (typeof element !== 'object' || element === null) texts.push(String(element))
    else {
      const text = portText(element as FailsafePortValue)
      if (text === undefined) {
        const { net } = element as FailsafePortValue
        return { text: '', crash: `the net \`${net}\` cannot be read`, location: at(location, index, 'net') }
      }
      texts.push(text)
    }
  }
  return { text: texts.join(','), location }
}

function isRange(value: unknown): value is { readonly min: number; readonly max: number } {
  return typeof value === 'object' && value !== null && 'min' in value && 'max' in value
}

interface FailsafePortValue {
  readonly protocol?: string
  readonly port?: number
  readonly net?: string
}

/** Undefined for a net that cannot be read. */
function portText({ protocol = '', port = 0, net: text = '' }: FailsafePortValue): string | undefined {
  const name = protocol.toLowerCase()
  if (text === '') return failsafePortText(name, port)
  const ipVersion = parseNet(text)?.cidr.ipVersion
  return ipVersion === undefined ? undefined : failsafePortText(name, port, { text, ipVersion })
}
