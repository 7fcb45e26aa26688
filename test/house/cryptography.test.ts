import { describe, expect, it } from 'vitest'
import { list, parse } from './modules.ts'

const modules = list('src/**/*.ts').map(parse)

/** What the sources name by a pattern, in their code and not in what is said of it, with where. */
function named(pattern: RegExp): string[] {
  const found = modules.flatMap(({ path, text }) =>
    Array.from(withoutComments(text).matchAll(pattern), ([name]) => `${name} ${path}`),
  )
  return [...new Set(found)].sort()
}

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
}

const kindOf = (found: string): string => found.split(' ')[0] ?? ''
const kinds = (found: readonly string[]): string[] => [...new Set(found.map(kindOf))]

describe('the cryptography of the sources', () => {
  it('[ASVS 11.2.1] is the platform’s and that of known packages, none of its own', () => {
    // The first words of SHA-2, SHA-1 and MD5, of BLAKE2 and ChaCha, and of the table of AES.
    const constants =
      /0x(?:6a09e667|67452301|6a09_e667|6a09e667f3bcc908|61707865)\b|0x63, ?0x7c, ?0x77/gi
    expect(named(constants)).toEqual([])
    const packages = modules.flatMap(({ imports }) =>
      imports.map(({ specifier }) => specifier).filter((name) => /^[@a-z]/.test(name)),
    )
    const cryptographic = /crypt|hash|jose|noble|webauthn|oauth|jwt|sodium|argon|tweetnacl|forge/
    expect([...new Set(packages)].filter((name) => cryptographic.test(name)).sort()).toEqual([
      '@noble/hashes/argon2.js',
      '@simplewebauthn/server',
      '@simplewebauthn/server/helpers',
      'hash-wasm',
      'jose',
      'oauth4webapi',
    ])
  })

  it('[ASVS 11.3.1] [ASVS 11.3.2] encrypts by AES-GCM with 256 bits alone', () => {
    const ciphers = /AES-[A-Z]+|RSA-OAEP|RSAES[\w-]*|ChaCha20|\bDES\b|3DES|RC4|Blowfish|\bECB\b/g
    expect(named(ciphers)).toEqual(['AES-GCM src/kernel/keyring.ts'])
    const keyring = modules.find(({ path }) => path === 'src/kernel/keyring.ts')
    const lengths = Array.from(keyring?.text.matchAll(/name: 'AES-GCM', length: (\d+)/g) ?? [])
    expect(lengths.map(([, length]) => length)).toEqual(['256'])
  })

  it('[ASVS 11.4.3] signs by hashes of 256 bits or more', () => {
    expect(kinds(named(/\bMD[245]\b|RIPEMD\w*|\bHS\d+\b/g))).toEqual([])
    expect(kinds(named(/\bSHA-\d+\b/g))).toEqual(['SHA-1', 'SHA-256'])
    // Codes of apps by RFC 6238, and digests that others have chosen and that sign nothing.
    expect(named(/\bSHA-1\b/g)).toEqual([
      'SHA-1 src/auth/password/pwned-passwords.ts',
      'SHA-1 src/auth/totp/one-time-password.ts',
      'SHA-1 src/redis/redis-store.ts',
    ])
  })

  it('[ASVS 11.2.4] compares no secret by an operator that stops early', () => {
    const secret = String.raw`\w*(?:[Hh]ash|[Mm]ac|[Dd]igest|[Ss]ignature|[Tt]oken|[Ss]ecret)\b`
    const compared = new RegExp(String.raw`${secret} [!=]== (?!null|undefined|'')[\w.]+`, 'g')
    // The hashes of the audit log are no secret: whoever may read it is shown them.
    const secrets = named(compared).filter((each) => !each.endsWith(' src/audit/verify.ts'))
    expect(secrets).toEqual([])
  })
})
