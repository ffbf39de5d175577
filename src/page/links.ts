// What is lit by what: from a place, a policy, a rule or a set to everything that belongs to it, by the source map.

import type { Light, PageState } from './state.ts'
import { lightOf } from './state.ts'
import type { Model, Place, RulesView, RuleView } from './view.ts'

export interface Lit {
  readonly places: ReadonlySet<number>
  readonly policies: ReadonlySet<string>
  readonly rules: ReadonlySet<string>
  readonly sets: ReadonlySet<string>
}

const NOTHING: Lit = { places: new Set(), policies: new Set(), rules: new Set(), sets: new Set() }

export function litBy(state: PageState): Lit {
  const light = lightOf(state)
  const { model, ipVersion } = state
  const rules = model?.rules[ipVersion]
  if (light === undefined || model === undefined || rules === undefined) return NOTHING
  return follow(light, model, rules)
}

export function follow(light: Light, model: Model, rules: RulesView): Lit {
  switch (light.kind) {
    case 'policy': {
      const policy = model.policies.find(({ id }) => id === light.id)
      const own = allRules(rules).filter(rule => rule.policy === light.id)
      return {
        places: new Set(policy === undefined ? [] : [policy.place]),
        policies: new Set([light.id]),
        rules: new Set(own.map(({ id }) => id)),
        sets: new Set(own.flatMap(({ sets }) => sets)),
      }
    }
    case 'rule': {
      const rule = allRules(rules).find(({ id }) => id === light.id)
      return {
        places: new Set(rule?.place === undefined ? [] : [rule.place]),
        policies: new Set(rule?.policy === undefined ? [] : [rule.policy]),
        rules: new Set([light.id]),
        sets: new Set(rule?.sets),
      }
    }
    case 'set': {
      const own = allRules(rules).filter(({ sets }) => sets.includes(light.name))
      return {
        places: new Set(own.flatMap(({ place }) => place ?? [])),
        policies: new Set(own.flatMap(({ policy }) => policy ?? [])),
        rules: new Set(own.map(({ id }) => id)),
        sets: new Set([light.name]),
      }
    }
    case 'place': {
      const place = model.places[light.index]
      if (place === undefined) return NOTHING
      const inside = new Set(model.places.flatMap((other, index) => (isWithin(other, place) ? [index] : [])))
      const own = allRules(rules).filter(rule => rule.place !== undefined && inside.has(rule.place))
      const policies = model.policies.filter(policy => {
        const whole = model.places[policy.place]
        return whole !== undefined && (isWithin(place, whole) || isWithin(whole, place))
      })
      return {
        places: new Set([light.index]),
        policies: new Set(policies.map(({ id }) => id)),
        rules: new Set(own.map(({ id }) => id)),
        sets: new Set(own.flatMap(({ sets }) => sets)),
      }
    }
  }
}

function allRules({ tables }: RulesView): readonly RuleView[] {
  return tables.flatMap(({ chains }) => chains.flatMap(chain => chain.rules))
}

function isWithin(inner: Place, outer: Place): boolean {
  return inner.file === outer.file && outer.start <= inner.start && inner.end <= outer.end
}

/** The smallest place that takes in an offset of a file. */
export function placeAt(model: Model, file: string, offset: number): number | undefined {
  let best: number | undefined
  let size = Number.POSITIVE_INFINITY
  model.places.forEach((place, index) => {
    if (place.file !== file || offset < place.start || offset > place.end) return
    if (place.end - place.start >= size) return
    size = place.end - place.start
    best = index
  })
  return best
}
