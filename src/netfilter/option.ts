// Words and options of a rule in iptables' text, as matches and targets read them.

/** Offsets are in the line. */
export interface Word {
  /** What the tool sees: without quotes, escapes resolved. */
  readonly text: string
  /** The same with escapes as they were written. */
  readonly raw: string
  readonly start: number
  readonly end: number
}

/** One option of a module, a target or the rule itself. */
export interface Option {
  readonly name: string
  readonly negated: boolean
  readonly arguments: readonly Word[]
}

/** Text of the one word of an option; undefined for an option with none or several. */
export function onlyWord({ arguments: words }: Option): string | undefined {
  return words.length === 1 ? words[0]?.text : undefined
}

/** The one option that a module has, when it is one of these; undefined for any other or for several. */
export function onlyOption(options: readonly Option[], ...names: readonly string[]): Option | undefined {
  const [option, ...rest] = options
  return option !== undefined && rest.length === 0 && names.includes(option.name) ? option : undefined
}

/** The options by name when all are among these, are given once, are not negated and take as many words as said. */
export function plainOptions(
  options: readonly Option[],
  allowed: Readonly<Record<string, number>>,
): ReadonlyMap<string, string> | undefined {
  const found = new Map<string, string>()
  for (const { name, negated, arguments: words } of options) {
    if (negated || found.has(name) || !Object.hasOwn(allowed, name) || words.length !== allowed[name]) return undefined
    found.set(name, words[0]?.text ?? '')
  }
  return found
}
