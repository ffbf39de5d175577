// Environment variables -> settings of Felix, by Felix's own rules.

import { type FelixField, felixFieldNamed } from '../../calico/felix-config.ts'
import { nonZeroParameter } from '../../calico/non-zero-parameters.ts'
import type { Location } from '../../diagnostics/source.ts'
import type { FelixEnvironment, FelixSetting } from '../../model/ast/felix-environment.ts'

export interface Variable {
  readonly name: string
  readonly value: string
  readonly location: Location
}

/** Of Felix's variables the part behind the prefix is a parameter's name; the case of neither matters. */
const PREFIX = /^felix_/i

/** The variable that the name of pods' interfaces is made with. Calico reads it past Felix, so its case does matter. */
const INTERFACE_PREFIX = 'FELIX_INTERFACEPREFIX'

/**
 * What variables set, of several of one parameter the last. Parameters that decide nothing about rules are left out, and
 * so are those that Felix does not know, which it ignores as well.
 */
export function environmentSettings(
  variables: readonly Variable[],
): Pick<FelixEnvironment, 'settings' | 'refused' | 'workloadPrefix'> {
  const settings = new Map<FelixField, FelixSetting>()
  for (const { name, value, location } of variables) {
    const field = PREFIX.test(name) ? felixFieldNamed(name.replace(PREFIX, '')) : undefined
    if (field !== undefined) settings.set(field, { text: value, variable: name, location })
  }
  const prefix = variables.findLast(({ name }) => name === INTERFACE_PREFIX)?.value.split(',')[0]
  const named = variables.filter(({ name }) => PREFIX.test(name))
  const refused = refusedOf(named.map(one => ({ ...one, name: one.name.replace(PREFIX, '') })))
  return { settings, ...refused, ...(prefix === undefined || prefix === '' ? {} : { workloadPrefix: prefix }) }
}

/** What the lines of a configuration file set: names of parameters without prefix. */
export function fileSettings(entries: readonly Variable[]): Pick<FelixEnvironment, 'settings' | 'refused'> {
  const settings = new Map<FelixField, FelixSetting>()
  for (const { name, value, location } of entries) {
    const field = felixFieldNamed(name)
    if (field !== undefined) settings.set(field, { text: value, variable: name, location })
  }
  return { settings, ...refusedOf(entries) }
}

/** @param entries with the names of parameters */
function refusedOf(entries: readonly Variable[]): Pick<FelixEnvironment, 'refused'> {
  const refused = new Map<string, Location>()
  for (const { name, value, location } of entries) {
    const parameter = nonZeroParameter(name)
    if (parameter === undefined) continue
    if (value.toLowerCase() === 'none') refused.set(parameter, location)
    else refused.delete(parameter)
  }
  return refused.size === 0 ? {} : { refused }
}
