// Which sort of text a file holds, told by its first lines: what people give to the wrong option.

import type { DiagnosticCode } from '../diagnostics/codes.ts'
import type { Report } from '../diagnostics/diagnostic.ts'
import type { SourceFile } from '../diagnostics/source.ts'

/** Sorts of text that come from a node or a cluster. */
export type TextSort =
  | 'resources'
  | 'ip-json'
  | 'ip-addr'
  | 'ip-route'
  | 'iptables-save'
  | 'iptables-list'
  | 'ipset-save'
  | 'ipset-list'
  | 'nft'
  | 'kernel-log'

const IP_JSON = /^\s*(?:\[\s*\{|\{)[^]{0,200}?"(?:ifindex|ifname|dst)"\s*:/

/** Looked at in this order; each is a line that the others never have. */
const SIGNS: readonly (readonly [TextSort, RegExp])[] = [
  ['ip-json', IP_JSON],
  ['resources', /(?:^|[{,])[ \t]*["']?(?:apiVersion|kind)["']?[ \t]*:/m],
  ['iptables-save', /^(?:\*(?:raw|mangle|nat|filter|security)\b|[^\n]*?(?:^|[#$>] )-[PNA] \S)/m],
  ['iptables-list', /^Chain \S+ \((?:policy |\d+ references\))/m],
  ['ipset-save', /^[^\n]*?(?:^|[#$>] )create \S+ \S+:\S+/m],
  ['ipset-list', /^Name: \S+\s*\nType: /m],
  ['nft', /^\s*table (?:ip6?|inet|arp|bridge|netdev) \S+ \{/m],
  ['kernel-log', /\bIN=\S* OUT=\S*(?: |$)/],
  ['ip-addr', /^\d+: [^\s:]+: <[A-Z_,-]*>/m],
  [
    'ip-route',
    /^(?:default|blackhole|unreachable|\d[\d.]*(?:\/\d+)?|[\da-f]*:[\da-f:]*(?:\/\d+)?) (?:via|dev|proto) /m,
  ],
]

const LOOKED_AT = 64 * 2 ** 10

/** Whether a text is the output of `ip -json`, which may lie in a file among resources. */
export function isIpJson(text: string): boolean {
  return IP_JSON.test(text)
}

/** Undefined when nothing tells. */
export function sortOfText(text: string): TextSort | undefined {
  const start = text.slice(0, LOOKED_AT)
  return SIGNS.find(([, sign]) => sign.test(start))?.[0]
}

/** Reports, once, a text that is for sure of another sort. */
export function isOtherText(
  file: SourceFile,
  wanted: readonly TextSort[],
  code: DiagnosticCode,
  report: Report,
): boolean {
  const sort = sortOfText(file.text)
  if (sort === undefined || wanted.includes(sort)) return false
  const { what, where } = SORT_WORDS[sort]
  report.error(
    code,
    `these are not ${code === 'ipset-syntax' ? 'IP sets' : 'rules'} but ${what}`,
    { file, start: 0, end: 1 },
    where,
  )
  return true
}

/** What the text is and where it belongs, as a clause: "this is … (give it with …)". */
export const SORT_WORDS: Readonly<Record<TextSort, { readonly what: string; readonly where: string }>> = {
  resources: { what: 'Kubernetes or Calico resources', where: 'give them with -f' },
  'ip-json': { what: 'what `ip -json` prints of addresses or routes', where: 'give it with --host' },
  'ip-addr': { what: 'what `ip addr` prints for people', where: 'run `ip -json addr show` and give that with --host' },
  'ip-route': { what: 'what `ip route` prints for people', where: 'run `ip -json route` and give that with --host' },
  'iptables-save': { what: 'rules of iptables', where: 'give them with --rules' },
  'iptables-list': { what: 'what `iptables -L` prints', where: 'give it with --rules' },
  'ipset-save': { what: 'IP sets', where: 'give them with --sets' },
  'ipset-list': { what: 'what `ipset list` prints', where: 'give it with --sets' },
  nft: {
    what: 'what `nft list ruleset` prints',
    where:
      'rules of the compatibility layer cannot be read in it: run `iptables-save` (iptables-nft-save) and give that with --rules',
  },
  'kernel-log': { what: 'the kernel log', where: 'give one of its lines with `trace --log`' },
}
