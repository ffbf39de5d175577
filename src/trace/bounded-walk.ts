// A walk for a command: where the rules make more of a way than can be followed, that is a mistake in them and not a crash.

import type { Report } from '../diagnostics/diagnostic.ts'
import type { Span } from '../diagnostics/source.ts'
import type { Journey } from '../walk/packet.ts'
import type { WalkOptions, WalkResult } from '../walk/walk-packet.ts'
import { MAX_LOOKS, MAX_STEPS, WalkTooLong } from '../walk/walk-work.ts'
import type { Scene } from './scene.ts'

/** Undefined, with `over-limit` reported, where it is too long. @param place of the packet in a file */
export function walkWithin(
  { walker }: Scene,
  journey: Journey,
  options: WalkOptions,
  place: Span | undefined,
  report: Report,
): WalkResult | undefined {
  try {
    return walker.walk(journey, options)
  } catch (error) {
    if (!(error instanceof WalkTooLong)) throw error
    const bounds = `${MAX_LOOKS.toLocaleString('en')} rules or ${MAX_STEPS.toLocaleString('en')} steps`
    report.error(
      'over-limit',
      `the way of this packet is longer than ${bounds}`,
      place,
      'chains that call each other so often stop a kernel too; look at what jumps to them',
    )
    return undefined
  }
}
