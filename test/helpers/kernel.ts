// Loading text into a kernel of our own: a fresh network namespace that is gone when the command ends.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export type Backend = 'legacy' | 'nft'

export const BACKENDS: readonly Backend[] = ['legacy', 'nft']

/** Why rules cannot be loaded here; undefined when they can. */
export function whyNoKernel(): string | undefined {
  if (process.getuid?.() !== 0) return 'not root'
  for (const tool of [
    'unshare',
    'ipset',
    ...BACKENDS.flatMap(backend => [`iptables-${backend}-restore`, `ip6tables-${backend}-restore`]),
  ]) {
    if (spawnSync('which', [tool]).status !== 0) return `${tool} is not installed`
  }
  const probe = spawnSync('unshare', ['--net', 'ipset', 'create', 'probe', 'hash:ip'], { encoding: 'utf8' })
  return probe.status === 0 ? undefined : `the kernel does not take sets: ${probe.stderr.trim()}`
}

export interface Loaded {
  readonly ok: boolean
  /** What the tools said. */
  readonly errors: string
  /** Rules that the kernel lists afterwards. */
  readonly rules: number
  /** What `iptables-save -c` prints then. */
  readonly iptables: string
  /** What `ipset save` prints then. */
  readonly ipset: string
}

/** Loads sets and then rules of one IP version into a fresh namespace. */
export function loadIntoKernel(backend: Backend, ipVersion: 4 | 6, ipset: string, iptables: string): Loaded {
  const folder = mkdtempSync(join(tmpdir(), 'calitables-'))
  try {
    writeFileSync(join(folder, 'ipset'), ipset)
    writeFileSync(join(folder, 'iptables'), iptables)
    const tool = `${ipVersion === 4 ? 'iptables' : 'ip6tables'}-${backend}`
    const script = `ipset restore < ipset && ${tool}-restore --noflush < iptables && ipset save > saved && ${tool}-save -c`
    const result = spawnSync('unshare', ['--net', 'sh', '-c', script], {
      cwd: folder,
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    })
    const ok = result.status === 0
    return {
      ok,
      errors: result.stderr.trim(),
      rules: countRules(result.stdout),
      iptables: result.stdout,
      ipset: ok ? readFileSync(join(folder, 'saved'), 'utf8') : '',
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Lines that put a rule into a chain. */
export function countRules(text: string): number {
  // Not `/^/m`: for JavaScript a line may end in a carriage return or U+2028, for the tools it may not.
  return text.split('\n').filter(line => /^(?:\[[0-9:]+\] )?-[AI] /.test(line)).length
}
