// Calico's own rules and chains, changed by hand.

import { atHook, type Done, type Editing, found, hasRules, inChain, type Maker } from './damage.ts'

export const ruleDeleted: Maker = inChain(
  rules => rules.length > 1,
  ({ table, chain, rules }, { seed, text, version }) => {
    const number = seed.below(rules.length) + 1
    text.delete(table, chain, number)
    return {
      what: `-t ${table} -D ${chain} ${number}  # ${rules[number - 1] ?? ''}`,
      wants: [
        one =>
          found(version, table, chain, 'rule-missing')(one) &&
          'wanted' in one &&
          'number' in one.wanted &&
          (one.wanted.number === number || rules[number - 1] === rules[one.wanted.number - 1]),
      ],
      causes: ['changed-by-hand'],
    }
  },
)

export const endpointUndispatched: Maker = inChain(
  (rules, chain) => /dispatch/.test(chain) && rules.some(body => /-g cali-/.test(body)),
  ({ table, chain, rules }, { text, version }) => {
    const at = rules.findIndex(body => /-g cali-/.test(body))
    text.delete(table, chain, at + 1)
    return {
      what: `-t ${table} -D ${chain} ${at + 1}`,
      wants: [found(version, table, chain, 'rule-missing', 'chain-flushed')],
      causes: ['changed-by-hand'],
    }
  },
)

export const chainFlushed: Maker = inChain(hasRules, ({ table, chain, rules }, { text, version }) => {
  text.flush(table, chain)
  return {
    what: `-t ${table} -F ${chain} (${rules.length})`,
    wants: [found(version, table, chain, 'chain-flushed')],
    causes: rules.length > 1 ? ['chain-flushed'] : ['changed-by-hand'],
  }
})

export const hookGone: Maker = atHook(({ table, chain }, { text, version }) => {
  text.edit(table, chain, rules => rules.filter(body => !/-j cali-/.test(body)))
  return {
    what: `-t ${table} -D ${chain} hook`,
    wants: [found(version, table, chain, 'hook-missing')],
    causes: ['changed-by-hand'],
  }
})

/** The first rule of a chain that fits is another one. */
function ruleEdited(fits: RegExp, edit: (body: string) => string, what: string): Maker {
  return inChain(
    rules => rules.some(body => fits.test(body)),
    ({ table, chain, rules }, { text, version }) => {
      const at = rules.findIndex(body => fits.test(body))
      text.edit(table, chain, all => all.map((body, index) => (index === at ? edit(body) : body)))
      return {
        what: `-t ${table} -R ${chain} ${at + 1} ${what}`,
        wants: [found(version, table, chain, 'rule-changed')],
        causes: ['changed-by-hand'],
      }
    },
  )
}

export function retarget(from: string, to: string): Maker {
  return ruleEdited(new RegExp(`-j ${from}$`), body => body.replace(/-j \S+$/, `-j ${to}`), `-j ${to} (was ${from})`)
}

export const portChanged: Maker = ruleEdited(
  /--dport(s)? \d+/,
  body => body.replace(/(--dports? )\d+/, '$17777'),
  'other port',
)

export const ruleDuplicated: Maker = inChain(hasRules, ({ table, chain, rules }, { seed, text, version }) => {
  const at = seed.below(rules.length)
  text.insert(table, chain, seed.below(rules.length + 1) + 1, rules[at] ?? '')
  return {
    what: `-t ${table} ${chain} twice: ${at + 1}`,
    wants: [found(version, table, chain, 'rule-duplicated')],
    causes: ['changed-by-hand'],
  }
})

export const ruleMoved: Maker = inChain(
  rules => new Set(rules).size > 1,
  ({ table, chain, rules }, { seed, text, version }) => {
    const at = seed.below(rules.length)
    const without = rules.filter((_, index) => index !== at)
    const to = seed.below(rules.length)
    if (to === at) return undefined
    const after = [...without.slice(0, to), rules[at] ?? '', ...without.slice(to)]
    if (after.join() === rules.join()) return undefined
    text.edit(table, chain, () => after)
    return {
      what: `-t ${table} ${chain}: ${at + 1} moved to ${to + 1}`,
      wants: [found(version, table, chain, 'rule-moved')],
      causes: ['changed-by-hand'],
    }
  },
)

export function leftOver(editing: Editing): Done | undefined {
  const { text, version } = editing
  text.newChain('filter', 'cali-pi-gnp/gone', '-m comment --comment "cali:AAAAAAAAAAAAAAAA" -j DROP')
  return {
    what: 'a chain left over',
    wants: [found(version, 'filter', 'cali-pi-gnp/gone', 'chain-unreferenced')],
    causes: ['left-over'],
  }
}
