// Comments for restore text: where a rule comes from, on one line.

import type { Location } from '../diagnostics/source.ts'
import type { SourceIndex } from '../diagnostics/source-index.ts'
import type { Chain, Rule, TableName } from '../model/ruleset.ts'
import { printable } from '../text/printable.ts'
import { describeChain } from '../words/chain.ts'
import { describeOrigin } from '../words/origin.ts'
import { excerptOf, formatPlace } from './source-excerpt.ts'
import { locationOf } from '../model/origin.ts'

/** iptables-restore reads lines into 10240 bytes and would take the rest of a longer one for a rule. */
const MAX_LENGTH = 1000

export function annotateChain({ name }: Chain, table: TableName): string {
  return oneLine(`${name}: ${describeChain(name, table)}`)
}

/** Makes the comments of rules. Many rules come from one place, whose line is looked up once. */
export function createRuleAnnotator(sources: SourceIndex): (rule: Rule) => string {
  const places = new Map<string, string>()
  const placeOf = (location: Location): string => {
    const key = `${location.document} ${location.path.join('/')}`
    let place = places.get(key)
    if (place === undefined) places.set(key, (place = formatPlace(excerptOf(location, sources, 0))))
    return place
  }
  return ({ origin }) => {
    const what = describeOrigin(origin)
    const location = locationOf(origin)
    return oneLine(location === undefined ? what : `${placeOf(location)}: ${what}`)
  }
}

function oneLine(text: string): string {
  const shown = printable(text)
  return shown.length > MAX_LENGTH ? `${[...shown].slice(0, MAX_LENGTH).join('')}…` : shown
}
