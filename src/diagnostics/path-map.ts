// Values by their paths in a document: those of a path and of all that it lies in are found without looking at the others.

import type { Path } from './source.ts'

interface Branch<T> {
  readonly branches: Map<string | number, Branch<T>>
  value?: T
}

export class PathMap<T> {
  readonly #root: Branch<T> = { branches: new Map() }

  set(path: Path, value: T): void {
    let branch = this.#root
    for (const step of path) {
      let next = branch.branches.get(step)
      if (next === undefined) branch.branches.set(step, (next = { branches: new Map() }))
      branch = next
    }
    branch.value = value
  }

  get(path: Path): T | undefined {
    return this.#find(path)?.value
  }

  /** Whether a path that has a value is this one or lies in it. */
  hasWithin(path: Path): boolean {
    const branch = this.#find(path)
    return branch !== undefined && (branch.value !== undefined || branch.branches.size > 0)
  }

  /** The values of all that a path lies in, from the root on, and its own. */
  along(path: Path): readonly T[] {
    const found: T[] = []
    let branch: Branch<T> | undefined = this.#root
    for (let length = 0; branch !== undefined; length++) {
      if (branch.value !== undefined) found.push(branch.value)
      const step = path[length]
      branch = step === undefined ? undefined : branch.branches.get(step)
    }
    return found
  }

  #find(path: Path): Branch<T> | undefined {
    let branch: Branch<T> | undefined = this.#root
    for (const step of path) branch = branch?.branches.get(step)
    return branch
  }
}
