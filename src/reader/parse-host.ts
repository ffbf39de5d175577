// `ip -json addr show` and `ip -json route` -> facts of the node, from one file or several, in any order.

import * as z from 'zod'
import type { Report } from '../diagnostics/diagnostic.ts'
import type { SourceFile } from '../diagnostics/source.ts'
import type { HostFacts, HostInterface, HostRoute, InterfaceAddress } from '../model/host.ts'
import { addressBits, IP_VERSIONS, type IpVersion, parseAddress } from '../net/cidr.ts'
import { type JsonValue, readJsonValues } from './json-values.ts'
import { contradiction, type InterfaceJson, mergeInterfaces, type ReadInterface } from './merge-interfaces.ts'
import { parseRoutes, type RouteFault, routeSchema } from './parse-routes.ts'
import { SORT_WORDS, sortOfText } from './text-sort.ts'

/** What a node's commands printed: one text or several. */
export type HostFiles = SourceFile | readonly SourceFile[]

const interfaceSchema = () =>
  z.looseObject({
    ifname: z.string().optional(),
    flags: z.array(z.string()).optional(),
    addr_info: z.array(z.looseObject({ local: z.string().optional(), prefixlen: z.number().optional() })).optional(),
  })

const HELP = 'run `ip -json addr show > host.json` on the node'

/** Undefined, with errors, when a text is not what the commands print. Of several, each may hold any of them. */
export function parseHost(given: HostFiles, report: Report): HostFacts | undefined {
  const before = report.diagnostics.length
  const interfaces = new Map<string, ReadInterface>()
  const routes: HostRoute[] = []
  const routeVersions = new Set<IpVersion>()
  let hasInterfaces = false
  for (const file of listOf(given)) {
    report.sources.addFile(file)
    const values = readJsonValues(file.text)
    if (values === undefined || values.length === 0) {
      refuseFile(file, report)
      continue
    }
    for (const value of values) {
      const items = listOfItems(value.value)
      if (isRouteList(items)) {
        const parsed = z.array(routeSchema()).safeParse(items)
        if (!parsed.success) refuseFile(file, report)
        else {
          const read = parseRoutes(parsed.data)
          for (const route of read.routes) routes.push(route)
          for (const { destination } of read.routes) routeVersions.add(destination.ipVersion)
          routeVersions.add(read.ipVersion)
          reportFaults(read.faults, file, value, report)
        }
        continue
      }
      const parsed = z.array(interfaceSchema()).safeParse(items)
      // What has items without a name of their own is the list of something else.
      if (!parsed.success || !parsed.data.every(isInterface)) refuseFile(file, report)
      else {
        hasInterfaces = true
        const faults: RouteFault[] = []
        const before = new Map(interfaces)
        for (const item of parsed.data) addInterface(item, file.name, interfaces, faults)
        if (faults.length === 0) warnOfOtherAddresses(before, parsed.data, file, value, report)
        reportFaults(faults, file, value, report)
        if (
          parsed.data.length > 0 &&
          faults.length === 0 &&
          [...interfaces.values()].every(({ item }) => addressesOf(item).length === 0)
        )
          warnOfNoAddresses(file, value, report)
      }
    }
  }
  if (report.hasErrorsSince(before)) return undefined
  return {
    ...(hasInterfaces ? { interfaces: [...interfaces.values()].map(({ item }) => interfaceOf(item)) } : {}),
    ...(routeVersions.size > 0 ? { routes, routeVersions: [...routeVersions].sort() } : {}),
  }
}

function listOf(given: HostFiles): readonly SourceFile[] {
  return 'text' in given ? [given] : given
}

/** Somebody who writes one interface by hand may leave the brackets away. */
function listOfItems(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value]
}

function isRouteList(items: readonly unknown[]): boolean {
  return items.some(item => typeof item === 'object' && item !== null && 'dst' in item && !('ifname' in item))
}

/** `ip` prints an empty object for each interface that a filter left out. */
function isInterface(item: InterfaceJson): boolean {
  return item.ifname !== undefined || Object.keys(item).length === 0
}

function addInterface(
  item: InterfaceJson,
  fileName: string,
  found: Map<string, ReadInterface>,
  faults: RouteFault[],
): void {
  const { ifname } = item
  if (ifname === undefined) return
  addressesOf(item, faults)
  const [before, added] = [found.get(ifname), { item, fileName }]
  const why = before && contradiction(before, added)
  if (why !== undefined)
    faults.push({ word: ifname, message: `\`${ifname}\` ${why}: the texts are not of one node at one time` })
  found.set(ifname, before === undefined ? added : mergeInterfaces(before, added))
}

function interfaceOf(item: InterfaceJson): HostInterface {
  const { ifname = '', flags } = item
  const byText = new Map(addressesOf(item).map(one => [`${one.address.text}/${one.prefixLength}`, one]))
  return {
    name: ifname,
    // `ip` always prints flags; who writes a file by hand means an interface that is there.
    isUp: flags?.includes('UP') ?? true,
    isLoopback: flags?.includes('LOOPBACK') ?? ifname === 'lo',
    addresses: [...byText.values()],
  }
}

function addressesOf({ addr_info = [] }: InterfaceJson, faults: RouteFault[] = []): readonly InterfaceAddress[] {
  return addr_info.flatMap(({ local, prefixlen }) =>
    local === undefined ? [] : (addressOf(local, prefixlen) ?? fault(local, faults)),
  )
}

function fault(word: string, faults: RouteFault[]): readonly never[] {
  faults.push({ word, message: `\`${word}\` is not an IP address` })
  return []
}

/** Written by hand, an address may carry its length itself, or have none and stand for itself. */
function addressOf(text: string, prefixLength: number | undefined): readonly InterfaceAddress[] | undefined {
  const [, bare = text, own] = /^(.*)\/(\d{1,3})$/.exec(text) ?? []
  const address = parseAddress(bare)
  if (address === undefined) return undefined
  const bits = addressBits(address.ipVersion)
  const length = prefixLength ?? (own === undefined ? bits : Number(own))
  return length >= 0 && length <= bits ? [{ address, prefixLength: length }] : undefined
}

/** One message for a text of another sort, whatever it is. */
function refuseFile(file: SourceFile, report: Report): void {
  const sort = sortOfText(file.text)
  const place = { file, start: 0, end: Math.min(1, file.text.length) }
  const message = 'this is not what `ip -json addr show` or `ip -json route` prints'
  if (sort === undefined || sort === 'ip-json') report.error('bad-value', message, place, HELP)
  else report.error('bad-value', `${message} but ${SORT_WORDS[sort].what}`, place, SORT_WORDS[sort].where)
}

function reportFaults(faults: readonly RouteFault[], file: SourceFile, { start }: JsonValue, report: Report): void {
  for (const { word, message } of faults) {
    const found = file.text.indexOf(JSON.stringify(word), start)
    const at = found < 0 ? start : found
    report.error('bad-value', message, { file, start: at, end: at + (found < 0 ? 1 : word.length + 2) })
  }
}

/** Two texts of two nodes, taken together, would make one node that does not exist. */
function warnOfOtherAddresses(
  before: ReadonlyMap<string, ReadInterface>,
  added: readonly InterfaceJson[],
  file: SourceFile,
  { start }: JsonValue,
  report: Report,
): void {
  const other = added.find(item => {
    const known = before.get(item.ifname ?? '')
    if (known === undefined) return false
    const [was, is] = [addressesOf(known.item), addressesOf(item)]
    return IP_VERSIONS.some(ipVersion => areOthers(ofVersion(was, ipVersion), ofVersion(is, ipVersion)))
  })
  if (other === undefined) return
  const message = `\`${other.ifname ?? ''}\` has other addresses here than in another text that is given for this node`
  report.warn('host-unknown', message, { file, start, end: start + 1 }, 'give what one node prints, at one time')
}

function ofVersion(addresses: readonly InterfaceAddress[], ipVersion: IpVersion): readonly string[] {
  return addresses.flatMap(({ address }) => (address.ipVersion === ipVersion ? [address.text] : []))
}

function areOthers(before: readonly string[], after: readonly string[]): boolean {
  return before.length > 0 && after.length > 0 && !after.some(text => before.includes(text))
}

function warnOfNoAddresses(file: SourceFile, { start }: JsonValue, report: Report): void {
  report.warn(
    'host-unknown',
    'none of these interfaces has an address: this may be the output of `ip -json link`',
    { file, start, end: start + 1 },
    HELP,
  )
}
