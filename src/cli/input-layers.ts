// Which files were given together: of a resource that several inputs have, that of the later `-f` counts.

/**
 * The layer of each path, by the `-f` it stands behind: 1 for the first. Paths without one are the lowest layer, 0.
 * `-f a b` and what a shell makes of `-f *.yaml` are one input; `-f a -f b` are two.
 */
export function layersOf(args: readonly string[]): ReadonlyMap<string, number> {
  const layers = new Map<string, number>()
  let layer = 0
  let isOpen = false
  const put = (path: string): void => {
    if (!layers.has(path)) layers.set(path, layer)
  }
  for (const word of args) {
    if (word === '--') break
    const [, inWord] = /^(?:--filename=|-[A-Za-z]*f(?=.))([^]+)$/.exec(word) ?? []
    if (word === '--filename' || /^-[A-Za-z]*f$/.test(word)) {
      layer++
      isOpen = true
    } else if (inWord !== undefined && (word.startsWith('--') || word.startsWith('-f'))) {
      layer++
      isOpen = true
      put(inWord)
    } else if (word.startsWith('-') && word !== '-') isOpen = false
    else if (isOpen) put(word)
  }
  return layers
}
