// What `trace` is measured by: files of packets between the pods of a cluster, and dumps of a node as long as real ones get.

import { closeSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { folder } from './bench-programs.ts'
import { randomNumbers } from './sample-packets.ts'
import type { ClusterSize } from './synthetic-cluster.ts'
import { syntheticCluster } from './synthetic-cluster.ts'

/** Lines that are written at a time. */
const PIECE = 10_000

function writeLines(name: string, lines: Iterable<string>): string {
  const path = join(folder, name)
  const file = openSync(path, 'w')
  let pending: string[] = []
  const flush = (): void => {
    if (pending.length > 0) writeSync(file, `${pending.join('\n')}\n`)
    pending = []
  }
  for (const line of lines) {
    pending.push(line)
    if (pending.length === PIECE) flush()
  }
  flush()
  closeSync(file)
  return path
}

interface PodLike {
  readonly kind?: string
  readonly metadata?: { readonly name?: string; readonly namespace?: string }
}

/** Packets from any pod of a cluster to any other; the same ones each time. */
export function writePackets(size: ClusterSize, count: number): string {
  const pods = (syntheticCluster(size) as readonly PodLike[]).flatMap(({ kind, metadata }) =>
    kind === 'Pod' ? [`pod/${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`] : [],
  )
  const random = randomNumbers(count)
  const any = <T>(list: readonly T[]): T | undefined => list[Math.floor(random() * list.length)]
  function* lines(): Generator<string> {
    yield 'from,to,dport,proto'
    for (let at = 0; at < count; at++)
      yield [any(pods), any(pods), any([53, 80, 443, 8080]), any(['tcp', 'tcp', 'udp'])].join(',')
  }
  return writeLines(`packets-${count}.csv`, lines())
}

/** Lines for one service with three endpoints, and for one pod. */
const LINES_EACH = 17

/** Text of `iptables-save`: the chains of so many services of kube-proxy, and of as many pods, that it has `count` lines. */
export function writeDump(count: number): string {
  const each = Math.floor(count / LINES_EACH)
  const numbers = Array.from({ length: each }, (_, at) => at)
  const address = (at: number): string => `10.65.${(at >> 8) & 255}.${at & 255}`
  const endpoints = [0, 1, 2]
  function* lines(): Generator<string> {
    yield '*nat'
    yield* [':PREROUTING ACCEPT [0:0]', ':KUBE-SERVICES - [0:0]']
    for (const at of numbers)
      yield* [`:KUBE-SVC-${at} - [0:0]`, ...endpoints.map(one => `:KUBE-SEP-${at}-${one} - [0:0]`)]
    yield '-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES'
    for (const at of numbers) {
      const comment = `-m comment --comment "ns-${at % 97}/service-${at}:http"`
      yield `-A KUBE-SERVICES -d 10.96.${(at >> 8) & 255}.${at & 255}/32 -p tcp ${comment} -m tcp --dport 80 -j KUBE-SVC-${at}`
      for (const one of endpoints) {
        const chance = one === 2 ? '' : `-m statistic --mode random --probability ${1 / (3 - one)} `
        yield `-A KUBE-SVC-${at} ${comment} ${chance}-j KUBE-SEP-${at}-${one}`
        yield `-A KUBE-SEP-${at}-${one} -p tcp ${comment} -m tcp -j DNAT --to-destination ${address(at * 3 + one)}:8080`
      }
    }
    yield* ['COMMIT', '*filter', ':FORWARD ACCEPT [0:0]', ':cali-FORWARD - [0:0]', ':cali-to-wl-dispatch - [0:0]']
    for (const at of numbers) yield `:cali-tw-cali${at} - [0:0]`
    yield* ['-A FORWARD -j cali-FORWARD', '-A cali-FORWARD -o cali+ -j cali-to-wl-dispatch']
    for (const at of numbers) {
      yield `-A cali-to-wl-dispatch -o cali${at} -g cali-tw-cali${at}`
      yield `-A cali-tw-cali${at} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT`
      yield `-A cali-tw-cali${at} -p tcp -m multiport --dports 80,8080 -j RETURN`
      yield `-A cali-tw-cali${at} -m comment --comment "Drop if no profiles matched" -j DROP`
    }
    yield 'COMMIT'
  }
  return writeLines(`dump-${count}.save`, lines())
}
