// Which of several things a name means: the whole name, or as much of it as is needed to tell it from the others.

export interface Named {
  /** Everything it may be called, the whole name first: `pod/shop/web`, `shop/web`, `web`. */
  readonly spellings: readonly string[]
  /** Empty for what has none. */
  readonly namespace: string
}

/**
 * The things that a name may mean; more than one where it is not enough to tell them apart. A whole name means nothing else.
 * @param namespace where a name without one is looked for first, and where things have namespaces, only there
 */
export function findNamed<T>(
  wanted: string,
  things: readonly T[],
  nameOf: (thing: T) => Named,
  namespace?: string,
): readonly T[] {
  const found = things.flatMap(thing => {
    const named = nameOf(thing)
    return named.spellings.includes(wanted) ? [{ thing, named }] : []
  })
  const whole = found.filter(({ named }) => named.spellings[0] === wanted)
  if (whole.length > 0) return whole.map(({ thing }) => thing)
  const isBare = ({ named }: (typeof found)[number]): boolean =>
    named.namespace !== '' && !`/${wanted}`.includes(`/${named.namespace}/`)
  if (namespace === undefined || !found.some(isBare)) return found.map(({ thing }) => thing)
  const own = found.filter(({ named }) => named.namespace === namespace)
  const others = found.filter(({ named }) => named.namespace === '')
  return (own.length > 0 ? own : others).map(({ thing }) => thing)
}

/** `NS/NAME` and `NAME`; of what has no namespace the name. */
export function qualifiedSpellings({ namespace, name }: { readonly namespace: string; readonly name: string }): Named {
  return { namespace, spellings: namespace === '' ? [name] : [`${namespace}/${name}`, name] }
}

/** `pod/NS/NAME` and every shorter or other way to write it, as `kubectl` takes the kind. */
export function podSpellings(namespace: string, name: string): Named {
  const kinds = ['pod', 'pods', 'po']
  return {
    namespace,
    spellings: [
      ...kinds.map(kind => `${kind}/${namespace}/${name}`),
      `${namespace}/${name}`,
      name,
      ...kinds.map(kind => `${kind}/${name}`),
    ],
  }
}
