import { importPKCS8, SignJWT } from 'jose'
import { assertKnown, misuse, type Secret } from '../../kernel/index.ts'
import { revealOption } from '../options.ts'
import type { Factor } from '../part.ts'
import { providerFactor } from './factor.ts'
import type { FormProvider, ProviderOperations } from './operations.ts'
import { assertText, type ProviderOptions, resolveProvider } from './options.ts'

/** Apple's client, with the key that its secrets are signed by. */
export interface AppleOptions extends ProviderOptions {
  /** The Services ID. */
  readonly clientId: string
  readonly key: {
    /** The ten characters of the team. */
    readonly teamId: string
    /** The ten characters of the key. */
    readonly keyId: string
    /** The contents of the `.p8` file: `-----BEGIN PRIVATE KEY-----` and so on. */
    readonly privateKey: string | Secret
  }
}

const ISSUER = 'https://appleid.apple.com'
/** Seconds that a secret is good for: it is made for each request. */
const SECRET_LIFETIME = 300
const OWN_DOMAINS: ReadonlySet<string> = new Set([
  ...['privaterelay.appleid.com', 'icloud.com', 'me.com', 'mac.com'],
])

/**
 * Makes the factor of Apple (OpenID Connect). Apple answers by a form from its own page, which is handed on
 * to the callback, and takes a secret that is signed anew for each request (ES256). Names, which Apple gives
 * to browsers unsigned, are left out.
 *
 * ```ts
 * import { auth, password } from 'plinth/auth'
 * import { apple } from 'plinth/auth/oauth'
 *
 * export const accounts = auth({
 *   origin: 'https://shop.example',
 *   factors: [
 *     password(),
 *     apple({
 *       clientId: 'example.shop.web',
 *       key: {
 *         teamId: 'ABCDE12345',
 *         keyId: 'FGHIJ67890',
 *         privateKey: process.env['APPLE_KEY'] ?? '',
 *       },
 *     }),
 *   ],
 * })
 * ```
 */
export function apple(options: AppleOptions): Factor<ProviderOperations<'apple', FormProvider>> {
  const { key, ...rest } = options
  const settings = {
    issuer: ISSUER,
    scopes: ['openid', 'email'],
    clientAuth: 'post',
    formPost: true,
    handsOut: (domain: string) => OWN_DOMAINS.has(domain),
  } as const
  const provider = resolveProvider('apple', rest, { settings, own: ['key'], secret: 'none' })
  const secret = createClientSecret(key, provider.clientId)
  return providerFactor<'apple', FormProvider>({ ...provider, secret })
}

function createClientSecret(
  key: AppleOptions['key'],
  clientId: string,
): (now: number) => Promise<string> {
  const place = 'apple().key'
  assertKnown(place, key ?? {}, ['teamId', 'keyId', 'privateKey'])
  const { teamId, keyId, privateKey = '' } = key ?? {}
  assertText(`${place}.teamId`, teamId)
  assertText(`${place}.keyId`, keyId)
  const pem = revealOption(privateKey)
  if (typeof pem !== 'string' || !pem.includes('-----BEGIN PRIVATE KEY-----')) {
    throw misuse(
      `${place}.privateKey`,
      'is no private key in PEM; expected what is in the .p8 file',
    )
  }
  let imported: ReturnType<typeof importPKCS8> | undefined
  return async (now) => {
    imported ??= importPKCS8(pem, 'ES256')
    const seconds = Math.floor(now / 1000)
    return new SignJWT()
      .setProtectedHeader({ alg: 'ES256', kid: keyId })
      .setIssuer(teamId)
      .setSubject(clientId)
      .setAudience(ISSUER)
      .setIssuedAt(seconds)
      .setExpirationTime(seconds + SECRET_LIFETIME)
      .sign(await imported)
  }
}
