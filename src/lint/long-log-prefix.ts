// A log prefix that is longer than what the kernel keeps: the end of it never reaches the log.

import { formatLogPrefix } from '../calico/log-prefix.ts'
import type { Release } from '../calico/releases/release.ts'
import type { Report } from '../diagnostics/diagnostic.ts'
import type { Policy } from '../model/ast/policy.ts'
import type { Resource } from '../model/ast/resources.ts'
import { policiesOf } from './policies.ts'

/** Bytes of a prefix that the kernel keeps (linux/netfilter/xt_LOG.h, less the closing zero). */
const MAX_BYTES = 29

/** Names of policies count where the prefix has them; without policies that log, only what is the same for all. */
export function noteLongLogPrefixes(resources: readonly Resource[], report: Report, release: Release): void {
  const logging = policiesOf(resources).filter(({ ingress, egress }) =>
    [...ingress, ...egress].some(({ action }) => action === 'Log'),
  )
  for (const resource of resources) {
    if (resource.kind !== 'felixConfiguration') continue
    const setting = resource.settings.get('logPrefix')
    if (setting === undefined) continue
    const found = longest(setting.text, logging, release)
    if (found === undefined) continue
    report.note(
      'long-log-prefix',
      `the kernel keeps ${MAX_BYTES} bytes of a log prefix: \`${found.text}\` becomes \`${found.kept}\``,
      { ...setting.location, target: 'value' },
      `write at most ${MAX_BYTES - 2} bytes: Felix puts a colon and a blank behind them`,
    )
  }
}

function longest(
  prefix: string,
  policies: readonly Policy[],
  release: Release,
): { readonly text: string; readonly kept: string } | undefined {
  const isSame = !release.hasLogSpecifiers || !/%[tkpn]/.test(prefix)
  const texts = isSame
    ? [formatLogPrefix(prefix, { kind: 'profile', name: '' }, release)]
    : policies.map(policy => formatLogPrefix(prefix, { kind: 'policy', policy }, release))
  let found: { readonly text: string; readonly kept: string } | undefined
  let most = MAX_BYTES
  for (const text of texts) {
    const bytes = new TextEncoder().encode(text)
    if (bytes.length <= most) continue
    most = bytes.length
    found = { text, kept: new TextDecoder().decode(bytes.slice(0, MAX_BYTES)) }
  }
  return found
}
