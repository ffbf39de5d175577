// Differentiated services code points by the names Calico takes.

const NAMES: Readonly<Record<string, number>> = {
  DF: 0,
  EF: 46,
  ...Object.fromEntries([0, 1, 2, 3, 4, 5, 6].map(n => [`CS${n}`, 8 * n])),
  ...Object.fromEntries([1, 2, 3, 4].flatMap(x => [1, 2, 3].map(y => [`AF${x}${y}`, 8 * x + 2 * y]))),
}

/** A code point 0–63 from a number, or from a name in any case; undefined when it is neither. */
export function parseDscp(text: string): number | undefined {
  if (/^[0-9]+$/.test(text)) {
    const value = Number(text)
    return value <= 63 ? value : undefined
  }
  const name = text.trim().toUpperCase()
  return Object.hasOwn(NAMES, name) ? NAMES[name] : undefined
}
