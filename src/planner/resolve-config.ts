// The settings in force on a node: per-node over selected over global FelixConfiguration, over Calico's defaults.

import type { Release } from '../calico/releases/release.ts'
import {
  defaultFelixConfig,
  FELIX_PARAMETERS,
  isFelixFieldOf,
  parseFelixParameter,
  type FelixConfig,
  type FelixField,
} from '../calico/felix-config.ts'
import { allocateMarks, defaultMarks, type Marks } from '../calico/marks.ts'
import { isParameterOf } from '../calico/non-zero-parameters.ts'
import type { Report } from '../diagnostics/diagnostic.ts'
import type { Location } from '../diagnostics/source.ts'
import { labelValue, type Labels } from '../model/ast/endpoint.ts'
import type { FelixEnvironment, FelixSetting } from '../model/ast/felix-environment.ts'
import type { FelixConfiguration } from '../model/ast/resources.ts'
import { evaluateSelector } from '../selector/evaluate.ts'
import { compareBytes } from '../text/bytes.ts'
import { clusterSettings, environmentLayers, refusedParameters } from './felix-environment.ts'

/** Where the settings of FelixConfiguration resources stand, by field. */
export type ConfigSources = Readonly<Partial<Record<FelixField, Location>>>

export interface ResolvedConfig {
  readonly config: FelixConfig
  readonly marks: Marks
  readonly sources: ConfigSources
  /** Environment variables, as written, behind the settings that come from one. */
  readonly variables: Readonly<Partial<Record<FelixField, string>>>
}

/** @param environments what the input tells of Felix's environment, and of the cluster: for all nodes */
export function resolveConfig(
  configurations: readonly FelixConfiguration[],
  environments: readonly FelixEnvironment[],
  node: { readonly name: string; readonly labels: Labels },
  release: Release,
  report: Report,
): ResolvedConfig {
  const defaults = defaultFelixConfig(release)
  const values: Record<string, unknown> = { ...defaults }
  const sources: Partial<Record<FelixField, Location>> = {}
  const variables: Partial<Record<FelixField, string>> = {}
  // Lowest precedence first. Every source is read, so a bad value is fatal even where a better source overrides it.
  const layers = applicable(configurations, node.name, node.labels, report).map(({ settings }) => settings)
  for (const layer of [clusterSettings(environments), ...layers]) {
    for (const [field, setting] of layer) {
      if (isPassedOver(setting)) continue
      const value = readSetting(field, setting, release, report)
      if (value === undefined) continue
      values[field] = value.value
      sources[field] = setting.location
    }
  }
  for (const layer of environmentLayers(environments, node.name)) {
    for (const [field, setting] of layer) {
      if (!isFelixFieldOf(release, field) || isPassedOver(setting)) continue
      const value = readSetting(field, setting, release, report)
      if (value === undefined) continue
      values[field] = value.value
      sources[field] = setting.location
      variables[field] = setting.variable ?? field
    }
  }
  for (const [name, location] of refusedParameters(environments, node.name))
    if (isParameterOf(release, name)) refuseNone(name, location, report)
  // Unset is left out, so that a plan is the same after it was written as JSON.
  const set = Object.entries(values).filter(([, value]) => value !== undefined)
  const config = Object.fromEntries(set) as unknown as FelixConfig
  const marks = marksOf(config, sources, release, report)
  refuseOtherDataPlanes(config, sources, environments, report)
  return { config, marks, sources, variables }
}

const MARK_WORDS: Readonly<Record<number, string>> = { 5: 'five', 6: 'six', 7: 'seven' }

/** With too few bits in the mask Felix gives up while it starts: no rules come of those of the default mask then. */
function marksOf(config: FelixConfig, sources: ConfigSources, release: Release, report: Report): Marks {
  const { iptablesMarkMask } = config
  const hasWireguard = config.wireguardEnabled || config.wireguardEnabledV6
  const marks = allocateMarks(iptablesMarkMask, hasWireguard, release)
  if (marks !== undefined) return marks
  report.error(
    'felix-crashes',
    `Felix cannot start with the mark mask 0x${iptablesMarkMask.toString(16)}: it has too few bits`,
    sources.iptablesMarkMask,
    `set at least ${MARK_WORDS[5 + Number(hasWireguard) + Number(release.hasDropMark)]} bits in \`iptablesMarkMask\``,
  )
  return defaultMarks(hasWireguard, release)
}

/** With these settings Felix programs no iptables rules at all, or others than ours. */
function refuseOtherDataPlanes(
  { bpfEnabled, nftablesMode, useInternalDataplaneDriver }: FelixConfig,
  sources: ConfigSources,
  environments: readonly FelixEnvironment[],
  report: Report,
): void {
  const help = 'only the iptables data plane is supported'
  if (!useInternalDataplaneDriver) {
    report.error(
      'felix-crashes',
      'Felix exits: with `useInternalDataplaneDriver: false` it runs the program `calico-iptables-plugin`, which Calico does not come with',
      sources.useInternalDataplaneDriver,
      'leave `useInternalDataplaneDriver` out',
    )
  }
  if (bpfEnabled) {
    report.error('unsupported-field', 'with `bpfEnabled` Felix uses eBPF instead', sources.bpfEnabled, help)
  }
  if (nftablesMode === 'Enabled') {
    report.error('unsupported-field', 'with `nftablesMode: Enabled` Felix writes nftables', sources.nftablesMode, help)
  }
  const proxy = environments.find(({ hasNftablesProxy }) => hasNftablesProxy)
  if (nftablesMode === 'Auto' && proxy !== undefined) {
    report.warn(
      'unsupported-field',
      'kube-proxy uses nftables, so Felix, whose `nftablesMode` is `Auto`, does too: the node has none of these rules',
      proxy.location,
      `${help}: \`nftablesMode: Disabled\` keeps Felix to it`,
    )
  }
}

function applicable(
  configurations: readonly FelixConfiguration[],
  nodeName: string,
  nodeLabels: Labels,
  report: Report,
): readonly FelixConfiguration[] {
  const isGlobal = ({ name }: FelixConfiguration): boolean => name === 'default'
  const isPerNode = ({ name }: FelixConfiguration): boolean => name.startsWith('node.')
  const selected = configurations
    .filter(configuration => !isGlobal(configuration) && !isPerNode(configuration))
    .filter(configuration => {
      const { nodeSelector, name, location } = configuration
      if (nodeSelector === undefined) {
        report.warn(
          'felix-default',
          `Felix ignores the FelixConfiguration \`${name}\``,
          location,
          'name it `default` or `node.NAME`, or give it a `nodeSelector`',
        )
        return false
      }
      return evaluateSelector(nodeSelector, key => labelValue(nodeLabels, key))
    })
  return [
    ...configurations.filter(isGlobal),
    ...oldest(selected, report),
    ...configurations.filter(({ name }) => name === `node.${nodeName}`),
  ]
}

/**
 * Of several FelixConfigurations that select a node Felix takes the oldest whole and ignores the others; of those of one
 * second, the first by name.
 */
function oldest(selected: readonly FelixConfiguration[], report: Report): readonly FelixConfiguration[] {
  const sorted = [...selected].sort(
    (a, b) => compareBytes(a.creationTimestamp, b.creationTimestamp) || compareBytes(a.name, b.name),
  )
  const [first, second] = sorted
  if (first === undefined || second === undefined) return sorted
  if (first.creationTimestamp === '') {
    report.warn(
      'felix-default',
      `\`${first.name}\` and \`${second.name}\` both select the node, and Felix takes the older one; without a creationTimestamp the first by name is taken to be it`,
      second.location,
      'make the selectors exclude each other, or keep `metadata.creationTimestamp` in the files',
    )
  }
  return [first]
}

/** Whatever its source, Felix takes an empty text for no setting at all: that of a lower source holds. */
function isPassedOver({ text, crash }: FelixSetting): boolean {
  return text === '' && crash === undefined
}

function refuseNone(name: string, location: Location, report: Report): void {
  report.error('felix-refuses-config', `Felix refuses to start: ${name} cannot be set to none`, location)
}

function readSetting(
  field: FelixField,
  setting: FelixSetting,
  release: Release,
  report: Report,
): { readonly value: unknown } | undefined {
  const parameter = FELIX_PARAMETERS[field]
  const { text, crash, location } = setting
  if (crash !== undefined) {
    report.error(
      'felix-crashes',
      `Felix crashes on \`${field}\`: ${crash}`,
      location,
      'write a CIDR such as `10.0.0.0/8`',
    )
    return undefined
  }
  if (text.toLowerCase() === 'none') {
    if (parameter.zero !== undefined || parameter.default === undefined) return { value: parameter.zero }
    refuseNone(parameter.name, location, report)
    return undefined
  }
  const result = parseFelixParameter(field, text, release)
  if (result.ok) return { value: result.value }
  if (parameter.isFatal) {
    report.error(
      'felix-refuses-config',
      `Felix refuses to start: cannot parse ${parameter.name} \`${text}\`: ${result.reason}`,
      location,
      result.help,
    )
    return undefined
  }
  report.warn(
    'felix-default',
    `Felix cannot read ${parameter.name} \`${text}\` (${result.reason}) and takes its default`,
    location,
  )
  return { value: defaultFelixConfig(release)[field] }
}
