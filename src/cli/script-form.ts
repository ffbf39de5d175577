// An ES module without imports -> the same as the body of a function: how the built compiler is run by Nodes that cannot `require`
// modules, and with the code that V8 has kept.

const EXPORTS = /export\s*\{([^{}]*)\};?\s*$/

/**
 * Where the exports of a module begin, and what the body of a function has there: it returns an object of them.
 * @param module text of a bundler's, which has its one list of exports at the end
 */
export function scriptEnding(module: Buffer): readonly [start: number, ending: string] {
  const start = module.lastIndexOf('export')
  const names = EXPORTS.exec(module.toString('latin1', start))?.[1]
  if (start < 0 || names === undefined) throw new Error('a bundle does not end with its exports')
  return [start, `return{${exportedNames(names)}}`]
}

/** `a as b` of a list of exports is `b:a` in an object. */
function exportedNames(names: string): string {
  return names
    .split(',')
    .map(name => name.trim().split(/\s+as\s+/))
    .map(([own = '', shown = own]) => `${shown}:${own}`)
    .join(',')
}
