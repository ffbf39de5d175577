// The nodes that a packet may pass: the one that the command was told of, and the others as far as they are known.

import type { Scene } from './scene.ts'
import type { TextGaps } from './text-notes.ts'
import type { TraceNote } from './way.ts'

export interface World {
  /** The node that the options are about. */
  readonly home: Scene
  /** Absent where nobody says whose text it is. */
  readonly homeName?: string
  /** Nobody asked for the home: addresses alone say which node a packet comes to. */
  readonly isHomeGuessed?: true
  /** Rules of a node; undefined where nobody has them. The home is among them. */
  readonly sceneOf: (node: string) => Scene | undefined
  /** The node that has an address, or the pod with it; undefined for what is outside, or not known. */
  readonly nodeOf: (address: string) => string | undefined
  /** What holds for every packet. */
  readonly notes: readonly TraceNote[]
  /** Nodes of parties that have been looked up, by their words. */
  readonly nodes: Map<string, string | undefined>
  /** Nodes of which is known what their text leaves open. */
  readonly gaps: Map<Scene, TextGaps>
}

/** @param byAddress what the input says of addresses; whatever is not in there is asked of the nodes with text of their own */
export function createWorld(
  home: Scene,
  homeName: string | undefined,
  scenes: ReadonlyMap<string, () => Scene | undefined>,
  byAddress: ReadonlyMap<string, string>,
  rest: Pick<World, 'isHomeGuessed' | 'notes'>,
  namesWithText: readonly string[],
): World {
  const made = new Map<string, Scene | undefined>(homeName === undefined ? [] : [[homeName, home]])
  const sceneOf = (node: string): Scene | undefined => {
    if (!made.has(node)) made.set(node, scenes.get(node)?.())
    return made.get(node)
  }
  const nodeOf = (address: string): string | undefined => {
    const told = byAddress.get(address)
    if (told !== undefined) return told
    return namesWithText.find(name => {
      const scene = sceneOf(name)
      return scene !== undefined && hasAddress(scene, address)
    })
  }
  return {
    home,
    ...(homeName === undefined ? {} : { homeName }),
    sceneOf,
    nodeOf,
    ...rest,
    nodes: new Map(),
    gaps: new Map(),
  }
}

/** The node's own, or that of a pod behind one of its interfaces. */
function hasAddress(scene: Scene, address: string): boolean {
  if (scene.ipVersion !== (address.includes(':') ? 6 : 4)) return false
  if (scene.nodeAddresses.includes(address)) return true
  const route = scene.route(address)
  return route.kind === 'out' && route.isGuess !== true && scene.isWorkloadInterface(route.interfaceName)
}
