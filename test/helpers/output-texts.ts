// The four texts of a compilation under the names of the files that hold them.

import type { CompileResult } from '../../src/compile.ts'
import type { OutputName } from './cases.ts'

export function outputTexts(result: CompileResult): { readonly [name in OutputName]?: string } {
  if (!result.ok) return {}
  const { 4: four, 6: six } = result.output.versions
  return {
    'v4.iptables': four.text.iptables,
    'v4.ipset': four.text.ipset,
    ...(six === undefined ? {} : { 'v6.iptables': six.text.iptables, 'v6.ipset': six.text.ipset }),
  }
}
