import { isPublicHost } from 'plinth/http'
import { describe, expect, it } from 'vitest'

const hostOf = (host: string) => new URL(`https://${host}`).hostname

describe('a host', () => {
  it.each([
    'example.com',
    'EXAMPLE.com',
    'example.com.',
    'local.example.com',
    '8.8.8.8',
    '172.32.0.1',
    '100.128.0.1',
    '[2606:4700::1111]',
    '10.example.com',
  ])('%s can be public', (host) => {
    expect(isPublicHost(hostOf(host))).toBe(true)
  })

  it.each([
    'localhost',
    'LOCALHOST.',
    'a.localhost',
    'router',
    'printer.local',
    'db.internal',
    'nas.home.arpa',
    'wiki.intranet',
    'box.lan',
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '127.1',
    '0x7f.1',
    '0177.0.0.1',
    '2130706433',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '192.0.2.1',
    '198.18.0.1',
    '203.0.113.9',
    '224.0.0.1',
    '255.255.255.255',
    '[::]',
    '[::1]',
    '[::ffff:10.0.0.1]',
    '[::ffff:7f00:1]',
    '[::10.0.0.1]',
    '[64:ff9b::10.0.0.1]',
    '[2001::1]',
    '[2001:db8::1]',
    '[2002:a00:1::]',
    '[fc00::1]',
    '[fd12:3456::1]',
    '[fe80::1]',
    '[fec0::1]',
    '[ff02::1]',
    '①②⑦.0.0.1',
  ])('[family 14] [ASVS 1.3.6] %s is not public', (host) => {
    expect(isPublicHost(hostOf(host))).toBe(false)
  })
})
