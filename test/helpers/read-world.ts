// A cluster as `trace` reads it from files, and packets followed through it, for input that is right.

import { readWorlds } from '../../src/cli/trace-world.ts'
import { Report } from '../../src/diagnostics/diagnostic.ts'
import { followRequest } from '../../src/trace/follow.ts'
import type { PacketRequest } from '../../src/trace/request-fields.ts'
import type { TraceResult } from '../../src/trace/way.ts'
import type { World } from '../../src/trace/world.ts'
import { SILENT } from './run-command.ts'

/** Its world of IPv4. */
export async function readWorld(files: Pick<Parameters<typeof readWorlds>[0], 'filename' | 'host'>): Promise<World> {
  const worldOf = await readWorlds({ ...files, packets: 'all of them' }, SILENT)
  const world = worldOf?.(4)
  if (world === undefined) throw new Error('the input does not compile')
  return world
}

export function mustFollow(request: PacketRequest, world: World): TraceResult {
  const report = new Report()
  const result = followRequest(request, world, {}, undefined, report)
  if (result !== undefined) return result
  const messages = report.placed().map(({ message }) => message)
  throw new Error(messages.join('; '))
}
