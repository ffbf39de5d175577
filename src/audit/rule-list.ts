// Rules of a chain in the form that the kernel keeps, beside those that a node has: without one that it lacks, with some of its own.

import type { Rule } from '../model/ruleset.ts'
import { kernelForms } from '../netfilter/kernel-form.ts'
import type { WantedRule } from './finding.ts'
import { addTo } from '../text/group-by.ts'

interface Form {
  readonly key: string
  readonly rule: Rule
}

export class RuleList {
  readonly #forms: readonly Form[]
  readonly #found: readonly Rule[]

  constructor(right: readonly Rule[], found: readonly Rule[]) {
    this.#forms = right.flatMap(formsOf)
    this.#found = found
  }

  without({ key, number }: WantedRule): readonly Rule[] {
    const at = this.#forms[number - 1]?.key === key ? number - 1 : this.#forms.findIndex(form => form.key === key)
    return this.#forms.flatMap(({ rule }, index) => (index === at ? [] : [rule]))
  }

  /**
   * Each of the strange rules behind the last rule before it that should be there as well, or that is strange itself.
   *
   * @param numbers of rules of the node, from 1
   */
  with(numbers: readonly number[]): readonly Rule[] {
    const strange = new Set(numbers.flatMap(number => this.#found[number - 1] ?? []))
    const list = new LinkedForms(this.#forms.filter(({ rule }) => !strange.has(rule)))
    const seen = new Map<string, number>()
    let left = strange.size
    let last = list.head
    for (const rule of this.#found) {
      if (left === 0) break
      const forms = formsOf(rule)
      const key = forms[0]?.key ?? ''
      const before = seen.get(key) ?? 0
      seen.set(key, before + 1)
      if (strange.has(rule)) {
        for (const form of forms) last = list.insert(form, last)
        left--
      } else last = list.find(key, before) ?? last
    }
    return list.rules()
  }
}

interface Link {
  readonly form: Form | undefined
  next: Link | undefined
}

/** In order, so that putting one in between moves none of the others. */
class LinkedForms {
  /** Stands before the first form. */
  readonly head: Link = { form: undefined, next: undefined }
  readonly #byKey = new Map<string, Link[]>()
  /** Of forms that were put in between: where those stand among others of the same key is looked up. */
  readonly #inserted = new Set<string>()

  constructor(forms: readonly Form[]) {
    let last = this.head
    for (const form of forms) {
      last = link(form, last)
      addTo(this.#byKey, form.key, last)
    }
  }

  insert(form: Form, behind: Link): Link {
    this.#inserted.add(form.key)
    return link(form, behind)
  }

  /** Of several alike the one that as many stand before, or the last one. */
  find(key: string, before: number): Link | undefined {
    const links = this.#inserted.has(key)
      ? [...this.#links()].filter(({ form }) => form?.key === key)
      : (this.#byKey.get(key) ?? [])
    return links[Math.min(before, links.length - 1)]
  }

  rules(): readonly Rule[] {
    return [...this.#links()].flatMap(({ form }) => form?.rule ?? [])
  }

  *#links(): Generator<Link> {
    for (let at: Link | undefined = this.head; at !== undefined; at = at.next) yield at
  }
}

function link(form: Form, behind: Link): Link {
  const made = { form, next: behind.next }
  behind.next = made
  return made
}

/** Each difference of a chain asks for those of all its rules. */
const known = new WeakMap<Rule, readonly Form[]>()

function formsOf(rule: Rule): readonly Form[] {
  const before = known.get(rule)
  if (before !== undefined) return before
  const forms = makeForms(rule)
  known.set(rule, forms)
  return forms
}

function makeForms(rule: Rule): readonly Form[] {
  const bodies = kernelForms(rule)
  if (bodies.length === 1) return [{ key: JSON.stringify(bodies[0]), rule }]
  return bodies.map(({ matches, target }) => {
    const { target: _, ...rest } = rule
    return {
      key: JSON.stringify({ matches, target }),
      rule: { ...rest, matches, ...(target === undefined ? {} : { target }) },
    }
  })
}
