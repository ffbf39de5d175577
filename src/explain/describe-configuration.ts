// What a FelixConfiguration and Felix's environment do to the rules: what is in force, and which rules carry it.

import { FELIX_FIELDS, type FelixField } from '../calico/felix-config.ts'
import type { Path } from '../diagnostics/source.ts'
import { listed } from '../text/listed.ts'
import type { FelixEnvironment } from '../model/ast/felix-environment.ts'
import type { FelixConfiguration } from '../model/ast/resources.ts'
import { describeMark, markBits } from '../words/mark.ts'
import { carriesSetting, SETTINGS } from './describe-setting.ts'
import type { Explainer } from './explainer.ts'
import { selectRules } from './rule-index.ts'
import type { Described } from './described.ts'

/** Of one field where the path is inside one, else of all. */
export function describeConfiguration(
  { name, settings, location }: FelixConfiguration,
  path: Path,
  explainer: Explainer,
): Described {
  const { plan, chains, marks } = explainer
  const wanted = path[0] === 'spec' && typeof path[1] === 'string' ? path[1].toLowerCase() : undefined
  const field = FELIX_FIELDS.find(candidate => candidate.toLowerCase() === wanted)
  const isInForce = (candidate: FelixField): boolean => {
    const source = plan.configSources[candidate]
    return source !== undefined && explainer.sources.isSameText(source, location)
  }
  if (field === undefined) {
    if (wanted !== undefined) return { notes: [`${String(path[1])} changes nothing in the rules.`], chains: [] }
    const inForce = [...settings.keys()].filter(isInForce)
    const others = [...settings.keys()].filter(candidate => !isInForce(candidate))
    return {
      notes: [
        inForce.length === 0
          ? `Nothing of FelixConfiguration ${name} is in force on node ${plan.nodeName}.`
          : `In force on node ${plan.nodeName}: ${listed(inForce)}.`,
        ...(inForce.length > 0 && others.length > 0 ? [`Not in force here: ${listed(others)}.`] : []),
      ],
      chains: [],
    }
  }
  const notes = [`${field} says ${SETTINGS[field]}.`]
  if (!isInForce(field)) {
    const isElsewhere = plan.configSources[field] !== undefined
    const variable = plan.configVariables[field]
    notes.push(
      `This value is not in force on node ${plan.nodeName}: ${variable !== undefined ? `${variable} of Felix's environment wins over it` : isElsewhere ? 'another FelixConfiguration is nearer to the node' : 'this FelixConfiguration is not for it, or leaves the field empty'}.`,
    )
    return { notes, chains: [] }
  }
  if (field === 'iptablesMarkMask') {
    notes.push(
      `The bits are given out from the lowest: ${markBits(marks)
        .map(({ bit }) => describeMark(bit, marks))
        .join(', ')}.`,
    )
    return { notes, chains: [] }
  }
  const found = selectRules(
    chains,
    ({ rule }) =>
      ((rule.origin.kind === 'felixConfiguration' || rule.origin.kind === 'calicoDefault') &&
        rule.origin.field === field) ||
      carriesSetting(field, rule, plan.config),
  )
  const count = found.reduce((sum, { rules }) => sum + rules.length, 0)
  notes.push(
    count === 0
      ? `No IPv${explainer.ruleset.ipVersion} rule of this node carries it.`
      : `${count === 1 ? '1 rule carries' : `${count} rules carry`} it.`,
  )
  return { notes, chains: found }
}

/** Which of its variables decide here; another resource may set them too, and be nearer to Felix. */
export function describeEnvironment(
  { name, settings, location }: FelixEnvironment,
  { plan, sources }: Explainer,
): string {
  const inForce = [...settings].filter(([field, { variable }]) => {
    const source = plan.configSources[field]
    const isOwn = source !== undefined && sources.isSameText(source, location)
    return variable !== undefined && plan.configVariables[field] === variable && isOwn
  })
  const names = inForce.map(([field, { variable, text }]) => `${variable ?? field}=${text}`)
  return names.length === 0
    ? `Nothing that decides about rules is in force on node ${plan.nodeName} from ${name}.`
    : `Felix's environment from ${name} is in force on node ${plan.nodeName}, over every FelixConfiguration: ${listed(names)}.`
}
