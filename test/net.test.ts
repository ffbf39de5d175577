// Addresses, nets, ports, the order of bytes; lines as they are shown, and names as people write them.

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
import { columnLines } from '../src/text/columns.ts'
import { slipOf } from '../src/text/did-you-mean.ts'
import { findNamed, type Named, podSpellings, qualifiedSpellings } from '../src/text/find-named.ts'
import { listed } from '../src/text/listed.ts'
import { andMore } from '../src/text/wording.ts'
import { guardLines, printable } from '../src/text/printable.ts'
import { wrap } from '../src/text/wrap.ts'

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

t.test('what lines are shown with, and what they are not', t => {
  const rows: readonly (readonly [text: string, shown: string])[] = [
    ['\u001b[1;31mred\u001b[0m', '\u001b[1;31mred\u001b[0m'],
    ['\u001b[2Jgone', '\\u{1b}[2Jgone'],
    ['\u001b]0;title\u0007', '\\u{1b}]0;title\\u{7}'],
    ['a\tb\n', 'a\tb\n'],
    ['##vso[task.complete]', '#\\u{23}vso[task.complete]'],
    ['##VSO[task.complete]', '#\\u{23}VSO[task.complete]'],
    ['##[Error]', '#\\u{23}[Error]'],
    ['## vso[', '## vso['],
    ['  ::error::', '  \\u{3a}:error::'],
    ['2001:db8::', '2001:db8::'],
  ]
  for (const [text, shown] of rows) t.equal(guardLines(text), shown, JSON.stringify(text))
  t.equal(printable('a\tb\r\n'), 'a\\tb\\r\\n', 'on one line nothing moves the cursor')
  const line = 'x'.repeat(78)
  t.strictSame(wrap(`${line} ab`, ''), [line, '  ab'])
  t.strictSame(wrap(`${line} :: ab`, ''), [`${line} ::`, '  ab'], 'no line begins with what GitHub obeys')
  const letters = [...'abcdefghi']
  t.equal(listed(letters.slice(0, 8)), 'a, b, c, d, e, f, g, h')
  t.equal(listed(letters), 'a, b, c, d, e, f, g, h and 1 more')
  t.equal(andMore(letters.slice(0, 3)), '`a`, `b` and `c`')
  t.equal(andMore(letters, 2), '`a`, `b` and 7 more')
  t.strictSame(columnLines(['a', 'b'.repeat(11)], [1, 4]), ['a  bbbb', '     bb', '     bb', '     bb', '     b'])
  t.end()
})

t.test('of a word of eight letters two may be wrong, of a shorter one only one', t => {
  const words = ['selector', 'profile']
  const rows = [
    ['selectr', 'selector'],
    ['selekter', 'selector'],
    ['prafila', undefined],
    ['profil', 'profile'],
    ['porfile', 'profile'],
    ['profs', undefined],
    ['selector', undefined],
  ] as const
  for (const [written, meant] of rows) t.equal(slipOf(written, words), meant, written)
  t.end()
})

t.test('what a name means where several things have it', t => {
  const things = [
    { namespace: 'shop', name: 'web' },
    { namespace: 'dev', name: 'web' },
    { namespace: '', name: 'web' },
    { namespace: 'web', name: 'shop/web' },
    { namespace: '', name: 'edge' },
  ]
  const rows: readonly (readonly [wanted: string, namespace: string | undefined, found: readonly string[]])[] = [
    ['shop/web', undefined, ['shop/web']],
    ['edge', 'dev', ['/edge']],
    ['dev/web', 'shop', ['dev/web']],
    ['web', 'dev', ['/web']],
  ]
  for (const [wanted, namespace, found] of rows) {
    const met = findNamed(wanted, things, qualifiedSpellings, namespace)
    t.strictSame(
      met.map(one => `${one.namespace}/${one.name}`),
      found,
      `${wanted} in ${namespace ?? 'any'}`,
    )
  }
  const pods = things.slice(0, 2)
  const named = ({ namespace, name }: (typeof things)[number]): Named => podSpellings(namespace, name)
  t.strictSame(findNamed('web', pods, named, 'dev'), [things[1]], 'the namespace chooses')
  t.strictSame(findNamed('web', pods, named), pods, 'without one both are meant')
  t.strictSame(findNamed('web', pods, named, 'other'), [], 'in a namespace that has none, none is')
  const outside = [...pods, { namespace: '', name: 'web' }]
  const bare = (one: (typeof things)[number]): Named => ({ ...named(one), spellings: [`host/${one.name}`, one.name] })
  t.strictSame(
    findNamed('web', outside, one => (one.namespace === '' ? bare(one) : named(one)), 'other'),
    [outside[2]],
    'or what has no namespace at all',
  )
  t.end()
})
