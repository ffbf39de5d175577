// A packet in the words of a user -> where it enters the node and what is in it.

import { Report } from '../diagnostics/diagnostic.ts'
import { mayBe, orList } from '../text/wording.ts'
import { type IpVersion, parseAddress } from '../net/cidr.ts'
import { PROTOCOL_NUMBERS } from '../net/protocol.ts'
import { isIcmp, type Packet } from '../netfilter/packet.ts'
import { protocolHasPorts } from '../netfilter/protocols.ts'
import { findNamed } from '../text/find-named.ts'
import type { ConnectionState, Journey, Mutable, Rewrite, Route } from '../walk/packet.ts'
import { podWithoutAddress } from './pods-without-address.ts'
import type { Scene } from './scene.ts'
import { fieldPlace, type PacketRequest, type RequestField, type RequestPlace } from './request-fields.ts'
import { addressOfNode, nodeNamed, type Party, partiesOf, partyNear } from './request-parties.ts'
import { nameOfWorkload } from './scene-workloads.ts'

/** Source port where none is given: one from the range that clients use. */
const CLIENT_PORT = 40000

const STATES: Readonly<Record<string, ConnectionState>> = {
  new: 'NEW',
  established: 'ESTABLISHED',
  related: 'RELATED',
  invalid: 'INVALID',
}

/** 6 where the request says so or an address shows it, otherwise 4. */
export function requestedIpVersion(request: PacketRequest): IpVersion {
  if (request.ipv6 === 'true') return 6
  const isIpv6 = [request.from, request.to].some(text => text !== undefined && parseAddress(text)?.ipVersion === 6)
  return isIpv6 ? 6 : 4
}

/** Undefined, with errors reported, when the words do not make a packet. @param place of the request in a file */
export function readRequest(
  request: PacketRequest,
  scene: Scene,
  place: RequestPlace | undefined,
  report: Report,
): Journey | undefined {
  const reader = new RequestReader(request, scene, place, report)
  return reader.read()
}

/** State and new destination of a connection, of a request that needs no more; errors as `readRequest`. */
export function readConnection(
  request: Pick<PacketRequest, 'state' | 'dnat'>,
  protocol: number,
  scene: Scene,
  report: Report,
): { readonly state: ConnectionState; readonly dnat?: Rewrite } | undefined {
  return new RequestReader(request, scene, undefined, report).readConnection(protocol)
}

/** The address that the words for a party stand for; undefined where they do not say one. Nothing is reported. */
export function requestedAddress(field: 'from' | 'to', request: PacketRequest, scene: Scene): string | undefined {
  return new RequestReader(request, scene, undefined, new Report()).addressOf(field)
}

class RequestReader {
  readonly #request: PacketRequest
  readonly #scene: Scene
  readonly #place: RequestPlace | undefined
  readonly #report: Report
  #hasErrors = false

  constructor(request: PacketRequest, scene: Scene, place: RequestPlace | undefined, report: Report) {
    this.#request = request
    this.#scene = scene
    this.#place = place
    this.#report = report
  }

  read(): Journey | undefined {
    const from = this.#party('from')
    const to = this.#party('to')
    const protocol = this.#protocol()
    const state = this.#state()
    const headers = protocol === undefined ? undefined : this.#headers(protocol, state ?? 'NEW')
    const dnat = this.#dnat(protocol)
    if (from === undefined || to === undefined || headers === undefined || state === undefined) return undefined
    if (this.#hasErrors) return undefined
    const [inInterface, ...otherInInterfaces] = this.#inInterfaces(from)
    const outInterface = this.#text('out-interface')
    const route = this.#checkRoute(dnat?.address ?? addressOf(to), outInterface)
    const source = addressOf(from) ?? this.#ownAddress(addressOf(to), route)
    const destination = addressOf(to) ?? this.#nodeAddress(inInterface)
    if (source === undefined || destination === undefined || this.#hasErrors) return undefined
    const hasReversePath = inInterface === undefined ? undefined : this.#scene.hasReversePath(source, inInterface)
    const packet = { ipVersion: this.#scene.ipVersion, source, destination, ...headers }
    const journey: Mutable<Journey> = { packet, state }
    if (hasReversePath !== undefined) journey.hasReversePath = hasReversePath
    if (inInterface !== undefined) journey.inInterface = inInterface
    if (otherInInterfaces.length > 0) journey.otherInInterfaces = otherInInterfaces
    if (outInterface !== undefined) journey.outInterface = outInterface
    if (dnat !== undefined) journey.dnat = dnat
    return journey
  }

  addressOf(field: 'from' | 'to'): string | undefined {
    const party = this.#party(field)
    return party === undefined ? undefined : addressOf(party)
  }

  readConnection(protocol: number): { readonly state: ConnectionState; readonly dnat?: Rewrite } | undefined {
    const state = this.#state()
    const dnat = this.#dnat(protocol)
    if (state === undefined || this.#hasErrors) return undefined
    return { state, ...(dnat === undefined ? {} : { dnat }) }
  }

  #state(): ConnectionState | undefined {
    const text = this.#text('state') ?? 'new'
    const state = Object.hasOwn(STATES, text) ? STATES[text] : undefined
    if (state !== undefined) return state
    return this.#error(
      'state',
      'bad-value',
      `\`${text}\` is not a connection state`,
      `write ${orList(Object.keys(STATES))}`,
    )
  }

  #text(field: RequestField): string | undefined {
    const text = this.#request[field]?.trim()
    return text === '' ? undefined : text
  }

  #error(field: RequestField, code: Parameters<Report['error']>[0], message: string, help?: string): undefined {
    this.#hasErrors = true
    this.#report.error(code, message, fieldPlace(this.#place, field), help)
  }

  #party(field: 'from' | 'to'): Party | undefined {
    const text = this.#text(field)
    if (text === undefined) return this.#error(field, 'missing-field', `\`${field}\` is missing`, HELP_PARTY)
    const known = partiesOf(this.#scene)
    const key = `${text} ${this.#text('namespace') ?? ''}`
    let party = known.get(key)
    if (party === undefined) {
      party = this.#readParty(text, field)
      if (party !== undefined) known.set(key, party)
    }
    return party
  }

  #readParty(text: string, field: RequestField): Party | undefined {
    const { ipVersion, workloadsCalled, workloadOf, isLocal } = this.#scene
    const node = nodeNamed(text)
    if (text === 'host' || (node !== undefined && node === this.#scene.node))
      return { kind: 'host', address: undefined }
    const other = node === undefined ? undefined : addressOfNode(node, this.#scene)
    if (typeof other === 'string') return this.#error(field, 'unknown-node', `\`${field}\`: ${other}`)
    const written = other ?? parseAddress(text)
    if (written === undefined) {
      const found = findNamed(text, workloadsCalled(text), nameOfWorkload, this.#text('namespace'))
      const [workload] = found
      if (workload === undefined) {
        if (/^[0-9a-f]*[.:][0-9a-f.:/]*$/i.test(text))
          return this.#error(field, 'bad-address', `\`${field}\`: \`${text}\` is not an IP address`, HELP_PARTY)
        const bare = podWithoutAddress(text, this.#scene.resources ?? [], this.#text('namespace'))
        if (bare !== undefined) return this.#error(field, 'bad-value', `\`${field}\`: ${bare.message}`, bare.help)
        const near = partyNear(text, this.#scene)
        return this.#error(
          field,
          'bad-value',
          `\`${field}\`: the input has no pod \`${text.replace(/^pod\//, '')}\` with an address of its own`,
          near === undefined ? HELP_PARTY : `did you mean \`${near}\`?`,
        )
      }
      if (found.length > 1) {
        const names = found.map(({ name }) => `pod/${name}`)
        return this.#error(field, 'bad-value', `\`${field}\`: ${mayBe(text, names)}`, HELP_PARTY)
      }
      const { name } = workload
      const address = workload.addresses.find(found => found.ipVersion === ipVersion)?.text
      if (address === undefined) {
        const help = ipVersion === 4 ? 'it has an IPv6 address: `-6` asks about that' : 'it has an IPv4 address only'
        return this.#error(field, 'bad-value', `\`${field}\`: pod \`${name}\` has no IPv${ipVersion} address`, help)
      }
      return { kind: 'workload', workload, address }
    }
    const address = written
    if (address.ipVersion !== ipVersion) {
      return this.#error(field, 'bad-address', `\`${field}\`: \`${text}\` is not an IPv${ipVersion} address`)
    }
    if (isLocal(address.text)) return { kind: 'host', address: address.text }
    const workload = workloadOf(address.text)
    return workload === undefined
      ? { kind: 'remote', address: address.text }
      : { kind: 'workload', workload, address: address.text }
  }

  #protocol(): number | undefined {
    const text = this.#text('proto')?.toLowerCase() ?? 'tcp'
    if (text === 'icmp' || text === 'icmpv6') return PROTOCOL_NUMBERS[this.#scene.ipVersion === 4 ? 'icmp' : 'icmpv6']
    if (Object.hasOwn(PROTOCOL_NUMBERS, text)) return PROTOCOL_NUMBERS[text as keyof typeof PROTOCOL_NUMBERS]
    const number = this.#number('proto', text, 255, 'bad-protocol')
    return number
  }

  #number(
    field: RequestField,
    text: string | undefined,
    largest: number,
    code: 'bad-port' | 'bad-icmp' | 'bad-protocol',
  ): number | undefined {
    if (text === undefined) return undefined
    if (/^\d{1,5}$/.test(text) && Number(text) <= largest) return Number(text)
    const what = code === 'bad-protocol' ? 'a protocol: write tcp, udp, icmp, sctp, udplite or ' : ''
    const isName = field === 'dport' && /^[a-z][a-z0-9-]*$/i.test(text)
    return this.#error(
      field,
      code,
      `\`${field}\`: \`${text}\` is not ${what}a number from 0 to ${largest}`,
      isName ? `only ports of Services are known by name: \`--to service/NAMESPACE/NAME:${text}\`` : undefined,
    )
  }

  #headers(protocol: number, state: ConnectionState): Omit<Packet, 'ipVersion' | 'source' | 'destination'> | undefined {
    const sport = this.#number('sport', this.#text('sport'), 65535, 'bad-port')
    const dport = this.#number('dport', this.#text('dport'), 65535, 'bad-port')
    const icmpType = this.#number('icmp-type', this.#text('icmp-type'), 255, 'bad-icmp')
    const icmpCode = this.#number('icmp-code', this.#text('icmp-code'), 255, 'bad-icmp')
    if (this.#hasErrors) return undefined
    if (!isIcmp(protocol) && (icmpType ?? icmpCode) !== undefined) {
      return this.#error(
        icmpType === undefined ? 'icmp-code' : 'icmp-type',
        'bad-icmp',
        'only ICMP has a type and a code',
        'add `--proto icmp`',
      )
    }
    if (!protocolHasPorts(protocol)) {
      if ((sport ?? dport) !== undefined)
        return this.#error(dport === undefined ? 'sport' : 'dport', 'bad-port', `protocol ${protocol} has no ports`)
      if (!isIcmp(protocol)) return { protocol }
      const echoRequest = this.#scene.ipVersion === 4 ? 8 : 128
      return { protocol, icmpType: icmpType ?? echoRequest, icmpCode: icmpCode ?? 0 }
    }
    if (dport === undefined)
      return this.#error('dport', 'missing-field', '`dport` is missing', 'say which port: `--dport N`')
    const [sourcePort, destinationPort] = [sport ?? CLIENT_PORT, dport]
    if (protocol !== PROTOCOL_NUMBERS.tcp) return { protocol, sourcePort, destinationPort }
    return { protocol, sourcePort, destinationPort, tcpFlags: state === 'NEW' ? ['SYN'] : ['ACK'] }
  }

  /** `10.0.0.1:80`, `10.0.0.1`, `[2001:db8::1]:80`, `pod/NS/NAME:80` */
  #dnat(protocol: number | undefined): Rewrite | undefined {
    const text = this.#text('dnat')
    if (text === undefined) return undefined
    const groups = /^\[(?<party>[^\]]*)\](?::(?<port>.*))?$/.exec(text)?.groups ??
      (parseAddress(text) === undefined ? /^(?<party>.*?)(?::(?<port>[^:]*))?$/.exec(text)?.groups : undefined) ?? {
        party: text,
      }
    const party = this.#readParty(groups['party'] ?? '', 'dnat')
    const port = this.#number('dnat', groups['port'], 65535, 'bad-port')
    if (party === undefined) return undefined
    const address = addressOf(party) ?? this.#nodeAddress(undefined)
    if (port !== undefined && protocol !== undefined && !protocolHasPorts(protocol)) {
      return this.#error('dnat', 'bad-port', `\`dnat\`: protocol ${protocol} has no ports`)
    }
    return { ...(address === undefined ? {} : { address }), ...(port === undefined ? {} : { port }) }
  }

  /** Each interface that it may come in by; none for what the node itself sends. */
  #inInterfaces(from: Party): readonly string[] {
    const given = this.#text('in-interface')
    if (given !== undefined) return [given]
    if (from.kind === 'host') return []
    const own = from.kind === 'workload' ? from.workload.interfaceName : undefined
    const found = own === undefined ? interfacesOf(this.#scene.route(from.address)) : [own]
    return found.length === 0 ? [''] : found
  }

  /** The interface that the packet leaves by, as far as it is known before the walk; undefined for what stays on the node. */
  #checkRoute(destination: string | undefined, given: string | undefined): string | undefined {
    if (destination === undefined || this.#scene.isLocal(destination)) return undefined
    if (given !== undefined) return given
    const route = this.#scene.route(destination)
    if (route.kind !== 'out') return undefined
    return interfacesOf(route).find(name => name !== '')
  }

  /** The address that the node sends from. */
  #ownAddress(destination: string | undefined, interfaceName: string | undefined): string | undefined {
    const found = destination === undefined ? undefined : this.#scene.sourceTowards(destination, interfaceName ?? '')
    return found ?? this.#nodeAddress(interfaceName)
  }

  /** The node's address on an interface, or else its first one. */
  #nodeAddress(interfaceName: string | undefined): string | undefined {
    const { addressesOf, nodeAddresses, ipVersion, node } = this.#scene
    const own =
      interfaceName === undefined ? [] : addressesOf(interfaceName).filter(text => nodeAddresses.includes(text))
    const found = own[0] ?? nodeAddresses[0]
    if (found !== undefined) return found
    const [whose, option] = node === undefined ? ['the node', 'FILE'] : [`node \`${node}\``, `${node}=FILE`]
    const help = `write an IP address instead of \`host\`, or give the output of \`ip -json addr show\`: \`--host ${option}\``
    return this.#error(
      this.#text('from') === 'host' ? 'from' : 'to',
      'host-unknown',
      `the IPv${ipVersion} addresses of ${whose} are not known`,
      help,
    )
  }
}

function interfacesOf(route: Route): readonly string[] {
  if (route.kind !== 'out') return []
  return [route, ...(route.others ?? [])].flatMap(found => (found.kind === 'out' ? [found.interfaceName] : []))
}

function addressOf(party: Party): string | undefined {
  return party.address
}

const HELP_PARTY = 'write `pod/NAMESPACE/NAME`, `host`, `host/NODE` or an IP address'
