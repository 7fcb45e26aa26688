import { BlockList, isIP, SocketAddress } from 'node:net'
import fc from 'fast-check'
import { createProxyTrust } from 'plinth/http'
import { describe, expect, it } from 'vitest'

const forwarded = (fields: Record<string, string>) => (name: string) => fields[name] ?? null
const nothing = () => null

describe('without trusted proxies', () => {
  const trust = createProxyTrust([])

  it('[family 5] [family 18] [ASVS 4.1.3] forwarding headers are never believed', () => {
    const header = forwarded({
      'x-forwarded-for': '6.6.6.6',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'evil.example',
      'x-real-ip': '6.6.6.6',
      forwarded: 'for=6.6.6.6',
    })
    expect(trust('203.0.113.7', header)).toEqual({ address: '203.0.113.7' })
    expect(trust(undefined, header)).toEqual({ address: undefined })
  })

  it.each([
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['::FFFF:cb00:7107', '203.0.113.7'],
    ['2001:DB8::0:1', '2001:db8::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['::', '::'],
    ['::1', '::1'],
    ['fe80::1%eth0', 'fe80::1%eth0'],
  ])('%s is called %s', (peer, address) => {
    expect(trust(peer, nothing).address).toBe(address)
  })
})

describe('with trusted proxies', () => {
  const trust = createProxyTrust(['10.0.0.0/8', '192.0.2.1', '::1', '2001:db8:1::/48'])

  it.each([
    ['10.0.0.1', '203.0.113.7', '203.0.113.7'],
    ['10.0.0.1', '6.6.6.6, 203.0.113.7', '203.0.113.7'],
    ['10.0.0.1', '6.6.6.6, 203.0.113.7, 10.0.0.2', '203.0.113.7'],
    ['10.0.0.1', '6.6.6.6,203.0.113.7 ,\t10.0.0.2,10.255.255.255', '203.0.113.7'],
    ['::ffff:10.0.0.1', '203.0.113.7', '203.0.113.7'],
    ['10.0.0.1', '::ffff:203.0.113.7', '203.0.113.7'],
    ['10.0.0.1', '::ffff:10.9.9.9, 6.6.6.6, ::ffff:10.0.0.2', '6.6.6.6'],
    ['::1', '2001:DB8::7', '2001:db8::7'],
    ['2001:db8:1:ffff::1', '203.0.113.7:4711', '203.0.113.7'],
    ['2001:db8:1::1', '[2001:db8::7]:4711', '2001:db8::7'],
    ['2001:db8:1::1', '[2001:db8::7]', '2001:db8::7'],
    ['10.0.0.1', '10.0.0.3, 10.0.0.2', '10.0.0.3'],
    ['10.0.0.1', '', '10.0.0.1'],
    ['203.0.113.7', '6.6.6.6', '203.0.113.7'],
    ['11.0.0.1', '6.6.6.6', '11.0.0.1'],
    ['192.0.2.2', '6.6.6.6', '192.0.2.2'],
    ['2001:db8:2::1', '6.6.6.6', '2001:db8:2::1'],
    ['0:0:0:0:0:0:a00:1', '6.6.6.6', '::a00:1'],
  ])('[family 5] [ASVS 15.3.4] the client behind %s of %j is %s', (peer, header, address) => {
    expect(trust(peer, forwarded({ 'x-forwarded-for': header })).address).toBe(address)
  })

  it.each([
    'unknown',
    '_hidden',
    '6.6.6.6.6',
    '6.6.6',
    '010.0.0.1',
    '0x6.6.6.6',
    '256.1.1.1',
    '6.6.6.6/32',
    '6.6.6.6:x',
    '[::1',
    '::1]',
    ':::',
    '1::2::3',
    '12345::',
    '::ffff:6.6.6.6.6',
    '::6.6.6.6:1',
    'fe80::1%eth0',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7::8:9',
    '6.6.6.6 6.6.6.6',
    '"6.6.6.6"',
    '٦.٦.٦.٦',
  ])('[ASVS 15.3.4] [family 5] the walk ends at %j, with the last hop that is known', (entry) => {
    const header = forwarded({ 'x-forwarded-for': `6.6.6.6, ${entry}, 10.0.0.2` })
    expect(trust('10.0.0.1', header).address).toBe('10.0.0.2')
  })

  it.each([
    ['https', 'https'],
    ['HTTP', 'http'],
    ['https, http', undefined],
    ['https,https', undefined],
    ['javascript', undefined],
    ['https ', undefined],
    ['', undefined],
  ])('the scheme %j is %s', (value, proto) => {
    expect(trust('10.0.0.1', forwarded({ 'x-forwarded-proto': value })).proto).toBe(proto)
  })

  it.each([
    ['shop.example', 'shop.example'],
    ['Shop.Example:8443', 'shop.example:8443'],
    ['[2001:db8::1]:443', '[2001:db8::1]:443'],
    ['localhost', 'localhost'],
    ['shop.example, evil.example', undefined],
    ['evil.example/path', undefined],
    ['user@evil.example', undefined],
    ['evil.example#', undefined],
    ['evil.example?', undefined],
    ['evil.example\\', undefined],
    ['evil.example:port', undefined],
    ['-evil', undefined],
    ['a b', undefined],
    ['', undefined],
  ])('[family 18] the host %j is %s', (value, host) => {
    expect(trust('10.0.0.1', forwarded({ 'x-forwarded-host': value })).host).toBe(host)
  })

  it('[ASVS 4.1.3] [family 18] scheme and host count from a trusted peer alone', () => {
    const header = forwarded({ 'x-forwarded-proto': 'https', 'x-forwarded-host': 'evil.example' })
    expect(trust('203.0.113.7', header)).toEqual({ address: '203.0.113.7' })
    expect(trust(undefined, header)).toEqual({ address: undefined })
  })
})

describe('the list of proxies', () => {
  it.each([
    '',
    'localhost',
    '10.0.0.1/8',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/08',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '10.0.0.0/8 ',
    '10.0.0',
    '010.0.0.0/8',
    '0x0a.0.0.0/8',
    '167772160/8',
    '::1/129',
    '2001:db8::1/32',
    '::ffff:10.0.0.0/8',
    'fe80::1%eth0',
    '*',
  ])('[family 5] refuses %j', (range) => {
    expect(() => createProxyTrust([range])).toThrow(`trustedProxies: "${range}" is no IP address`)
  })

  it('keeps versions of addresses apart', () => {
    const header = forwarded({ 'x-forwarded-for': '6.6.6.6' })
    expect(createProxyTrust(['::/0'])('10.0.0.1', header).address).toBe('10.0.0.1')
    expect(createProxyTrust(['0.0.0.0/0'])('2001:db8::1', header).address).toBe('2001:db8::1')
    expect(createProxyTrust(['::ffff:10.0.0.0/104'])('10.9.9.9', header).address).toBe('6.6.6.6')
  })

  it('[ASVS 1.5.3] [family 5] agrees with the block list of Node', () => {
    const version4 = fc.ipV4().map((address) => ({ address, family: 'ipv4' as const, bits: 32 }))
    const version6 = fc.ipV6().map((address) => ({ address, family: 'ipv6' as const, bits: 128 }))
    const pair = fc.oneof(fc.tuple(version4, version4), fc.tuple(version6, version6))
    fc.assert(
      fc.property(pair, fc.nat(128), fc.boolean(), ([base, other], length, near) => {
        const prefix = length % (base.bits + 1)
        const list = new BlockList()
        list.addSubnet(base.address, prefix, base.family)
        const peer = near ? base.address : other.address
        const header = forwarded({ 'x-forwarded-for': '203.0.113.99' })
        let trust: ReturnType<typeof createProxyTrust>
        try {
          trust = createProxyTrust([`${base.address}/${prefix}`])
        } catch {
          return // Bits after the prefix.
        }
        const isTrusted = trust(peer, header).address === '203.0.113.99'
        expect(isTrusted).toBe(list.check(peer, base.family))
      }),
      { numRuns: 2000 },
    )
  })

  it('[ASVS 1.5.3] [family 5] reads and writes addresses as Node does', () => {
    const group = fc.constantFrom('0', '00', '1', 'ff', 'ABCD', '0001', '12345', '', '1.2.3.4')
    const text = fc.oneof(
      fc.ipV6(),
      fc.ipV4(),
      fc.array(group, { maxLength: 9 }).map((groups) => groups.join(':')),
      fc
        .array(fc.constantFrom('0', '1', '01', '255', '256', ''), { maxLength: 5 })
        .map((all) => all.join('.')),
    )
    fc.assert(
      fc.property(text, (sample) => {
        const read = () => createProxyTrust([sample])
        if (isIP(sample) === 0) {
          expect(read).toThrow()
          return
        }
        expect(read).not.toThrow()
        const { address } = new SocketAddress({
          address: sample,
          family: isIP(sample) === 4 ? 'ipv4' : 'ipv6',
        })
        const mapped = /^::ffff:([\d.]+)$/.exec(address)?.[1]
        const embedded = /^::[\d.]+$/.test(address)
        if (!embedded) expect(read()(sample, nothing).address).toBe(mapped ?? address)
      }),
      { numRuns: 3000 },
    )
  })
})
