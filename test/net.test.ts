// Addresses, nets, ports, and the order of bytes.

import fc from 'fast-check'
import t from 'tap'
import {
  cidrCovers,
  formatCidr,
  fromBits,
  maximalCidrs,
  parseAddress,
  parseCidr,
  parseNet,
  splitCidr,
  toBits,
} from '../src/net/cidr.ts'
import { isPortName, parsePort } from '../src/net/port.ts'
import { readNumber, readPortRange } from '../src/netfilter/numbers.ts'
import { compareBytes } from '../src/text/bytes.ts'

t.test('nets are read as Go reads them and printed masked', async t => {
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['10.0.0.1/8', '10.0.0.0/8'],
    ['1.2.3.4', '1.2.3.4/32'],
    ['2001:DB8::1/64', '2001:db8::/64'],
    ['::1', '::1/128'],
    ['::ffff:1.2.3.4', '1.2.3.4/32'],
    ['::ffff:192.0.2.0/120', '192.0.2.0/24'],
    ['::ffff:10.0.0.0/104', '10.0.0.0/8'],
    ['64:ff9b::192.0.2.0/120', '64:ff9b::c000:200/120'],
    ['1.2.3.4/08', '1.0.0.0/8'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['::/0', '::/0'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1/128'],
    ['1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7/128'],
    ['010.0.0.1', undefined],
    ['1.2.3.4/33', undefined],
    ['10/8', undefined],
    ['10.0.0.0/255.0.0.0', undefined],
    ['fe80::1%eth0', undefined],
    ['1.2.3.4 ', undefined],
    ['::1::2', undefined],
    ['12345::', undefined],
    ['1:2:3:4:5:6:7', undefined],
    ['', undefined],
    ['/8', undefined],
    ['10.0.0.0/', undefined],
    ['10.0.0.0/-1', undefined],
    ['::/129', undefined],
    ['::1/129', undefined],
    ['::ffff:1.2.3.4/120', '1.2.3.0/24'],
    ['fe80::1%25/64', undefined],
    ['fe80::%eth0/64', undefined],
    ['1.2.3', undefined],
    ['127.1', undefined],
    ['0x7f.0.0.1', undefined],
    ['2130706433', undefined],
    ['1.2.3.4/1e1', undefined],
    ['1.2.3.4/ 8', undefined],
    ['1.2.3.4/+8', undefined],
    ['1.2.3.4/8/8', undefined],
    ['١.2.3.4', undefined],
    ['1.2.3.٤', undefined],
    ['1.2.3.4/٨', undefined],
    ['1.2.3.4\n', undefined],
    [' 1.2.3.4', undefined],
    ['1.2.3.256', undefined],
    ['1.2.3.4/99999999999999999999', undefined],
    ['[::1]', undefined],
    ['::1.2.3', undefined],
    ['::010.0.0.1', undefined],
  ]
  for (const [text, wanted] of rows) {
    const parsed = parseNet(text)
    t.equal(parsed === undefined ? undefined : formatCidr(parsed.cidr), wanted, JSON.stringify(text))
  }
})

t.test('host bits are noticed', async t => {
  t.equal(parseCidr('10.0.0.1/8')?.hasHostBits, true)
  t.equal(parseCidr('10.0.0.0/8')?.hasHostBits, false)
  t.equal(parseCidr('10.0.0.1/32')?.hasHostBits, false)
})

t.test('addresses survive the way through numbers', async () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), text => {
      const address = parseAddress(text)
      // fast-check also makes IPv4-mapped and zero-padded forms; what we take must print the same again.
      return address === undefined || fromBits(toBits(address), address.ipVersion) === address.text
    }),
  )
})

t.test('of nets that lie in one another only the widest stay', async t => {
  const nets = ['10.0.0.0/8', '10.1.0.0/16', '10.1.2.3/32', '172.16.0.0/12', '10.0.0.0/8', '0.0.0.0/1', '128.0.0.0/1']
  const cidrs = (texts: readonly string[]): ReturnType<typeof maximalCidrs> =>
    texts.flatMap(text => parseCidr(text)?.cidr ?? [])
  t.same(maximalCidrs(cidrs(nets)).map(formatCidr), ['0.0.0.0/1', '128.0.0.0/1'], 'neighbours are not merged')
  t.same(maximalCidrs(cidrs(nets.slice(0, 5))).map(formatCidr), ['10.0.0.0/8', '172.16.0.0/12'])
  t.same(maximalCidrs(cidrs(['fd00::/8', 'fd00::2/128', 'fe80::1/128'])).map(formatCidr), ['fd00::/8', 'fe80::1/128'])
  const random = fc.array(
    fc
      .tuple(fc.nat(0xffffffff), fc.nat(32))
      .map(([bits, length]) => parseCidr(`${fromBits(BigInt(bits), 4)}/${length}`)?.cidr),
    { maxLength: 30 },
  )
  fc.assert(
    fc.property(random, list => {
      const all = list.flatMap(cidr => cidr ?? [])
      const kept = new Set(maximalCidrs(all).map(formatCidr))
      const wanted = new Set(
        all.filter(a => !all.some(b => formatCidr(a) !== formatCidr(b) && cidrCovers(b, a))).map(formatCidr),
      )
      t.same([...kept].sort(), [...wanted].sort())
    }),
    { numRuns: 300 },
  )
})

t.test('the two halves of everything', async t => {
  const halves = (text: string): readonly string[] => {
    const parsed = parseCidr(text)
    return parsed === undefined ? [] : splitCidr(parsed.cidr).map(formatCidr)
  }
  t.same(halves('0.0.0.0/0'), ['0.0.0.0/1', '128.0.0.0/1'])
  t.same(halves('::/0'), ['::/1', '8000::/1'])
})

t.test('ports', async t => {
  const rows: readonly (readonly [string, unknown])[] = [
    ['80', { ok: true, port: { first: 80, last: 80 } }],
    ['0080', { ok: true, port: { first: 80, last: 80 } }],
    ['80:90', { ok: true, port: { first: 80, last: 90 } }],
    ['http-alt', { ok: true, port: 'http-alt' }],
    ['80-90', { ok: true, port: '80-90' }],
    ['65536', { ok: false, reason: 'number-too-large' }],
    ['1:65536', { ok: false, reason: 'number-too-large' }],
    ['90:80', { ok: false, reason: 'range-reversed' }],
    ['80 : 90', { ok: false, reason: 'not-a-port' }],
    ['', { ok: false, reason: 'not-a-port' }],
    ['80abc', { ok: true, port: '80abc' }],
    ['0x50', { ok: true, port: '0x50' }],
    ['1e2', { ok: true, port: '1e2' }],
    [' 80', { ok: false, reason: 'not-a-port' }],
    ['80\n', { ok: false, reason: 'not-a-port' }],
    ['٣', { ok: false, reason: 'not-a-port' }],
    ['+80', { ok: false, reason: 'not-a-port' }],
    ['-80', { ok: true, port: '-80' }],
    ['8_0', { ok: true, port: '8_0' }],
    ['1:2:3', { ok: false, reason: 'not-a-port' }],
    ['99999999999999999999', { ok: false, reason: 'number-too-large' }],
  ]
  for (const [text, wanted] of rows) t.strictSame(parsePort(text), wanted, JSON.stringify(text))
  for (const name of ['http', 'a', '1a', 'http-alt']) t.ok(isPortName(name), name)
  for (const name of ['', 'HTTP', '80', '-a', 'a-', 'a--b', 'http_alt', 'a234567890123456'])
    t.notOk(isPortName(name), name)
})

t.test('numbers in iptables text are decimal or hexadecimal, and nothing else', async t => {
  t.equal(readNumber('80'), 80)
  t.equal(readNumber('0x50'), 80)
  t.equal(readNumber('4294967295'), 0xffffffff)
  for (const text of [
    '',
    '80abc',
    '1e2',
    ' 80',
    '80 ',
    '80\n',
    '٣',
    '+1',
    '-1',
    '080',
    '0x',
    '0xg',
    '1.0',
    '4294967296',
  ])
    t.equal(readNumber(text), undefined, JSON.stringify(text))
  t.same(readPortRange('80:90'), { first: 80, last: 90 })
  for (const text of ['80abc', '1:2:3', '٣', '65536', 'a:b', ' 80'])
    t.equal(readPortRange(text), undefined, JSON.stringify(text))
})

t.test('byte order is that of UTF-8', async t => {
  const encoder = new TextEncoder()
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (a, b) => {
      t.equal(compareBytes(a, b), Math.sign(Buffer.compare(encoder.encode(a), encoder.encode(b))))
    }),
  )
  t.equal(compareBytes('\uffff', '\u{1f600}'), -1, 'a character outside the basic plane sorts after all inside it')
})
