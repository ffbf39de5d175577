// Changing bits of the packet mark.

import type { Target } from '../../model/ruleset.ts'
import { hexMark, readMark } from '../numbers.ts'
import { sameForm, type TargetFacets, type TargetOf, type TargetOptions } from '../target-facets.ts'

const MAX_MARK = 0xffffffff

export const setMark: TargetFacets<TargetOf<'setMark'>> = {
  print: ({ value, mask }) => `--jump MARK --set-mark ${hexMark(value)}/${hexMark(mask)}`,
  read: { MARK: readMarkTarget },
  kernelForm: ({ value, mask }) => ({ kind: 'setMark', value, mask: (mask | value) >>> 0 }),
  // iptables widens the mask by the bits of the value before it hands both to the kernel.
  nextMark: ({ value, mask }, mark) => ((mark & ~(mask | value)) ^ value) >>> 0,
  tables: 'all',
}

export const clearMark: TargetFacets<TargetOf<'clearMark'>> = {
  print: ({ mask }) => `--jump MARK --set-mark 0/${hexMark(mask)}`,
  read: {},
  kernelForm: ({ mask }) => ({ kind: 'setMark', value: 0, mask }),
  nextMark: ({ mask }, mark) => (mark & ~mask) >>> 0,
  tables: 'all',
}

export const xorMark: TargetFacets<TargetOf<'xorMark'>> = {
  print: ({ value, mask }) => `--jump MARK --set-xmark ${hexMark(value)}/${hexMark(mask)}`,
  read: {},
  kernelForm: sameForm,
  nextMark: ({ value, mask }, mark) => ((mark & ~mask) ^ value) >>> 0,
  tables: 'all',
}

function readMarkTarget(options: TargetOptions): Target | undefined {
  const [entry, ...rest] = options
  if (entry === undefined || rest.length > 0) return undefined
  const [name, word] = entry
  const text = word?.text ?? ''
  const bits = readMark(text)
  if (bits === undefined) return undefined
  const { value, mask } = bits
  const isPlain = !text.includes('/')
  switch (name) {
    case '--set-mark':
      return text.startsWith('0/') ? { kind: 'clearMark', mask } : { kind: 'setMark', value, mask }
    case '--set-xmark':
      // Bits of the value that the mask does not clear are turned over.
      return (value & ~mask) !== 0 ? { kind: 'xorMark', value, mask } : { kind: 'setMark', value, mask }
    case '--or-mark':
      return isPlain ? { kind: 'setMark', value, mask: value } : undefined
    case '--and-mark':
      return isPlain ? { kind: 'setMark', value: 0, mask: MAX_MARK - value } : undefined
    case '--xor-mark':
      return isPlain ? { kind: 'xorMark', value, mask: 0 } : undefined
    default:
      return undefined
  }
}
