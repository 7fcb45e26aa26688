/**
 * What the shop is told by its environment. Nothing is needed: then it runs at localhost, prints its mails,
 * and keeps a key of its own beside these sources.
 *
 * - `SHOP_ORIGIN`: where people reach it, such as `https://shop.example`
 * - `SHOP_KEY`: 32 random bytes as base64url; needed with an `https:` origin
 * - `SMTP_URL`, `MAIL_FROM`: where mails are sent through, and by whom
 * - `OIDC_ISSUER`, `OIDC_CLIENT_ID`, `OIDC_CLIENT_SECRET`: a provider to sign in with, called `company` here
 */

import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { consoleMail } from 'plinth/auth'
import { createKeyring, generateKey, readConfig, type SendMail } from 'plinth/kernel'
import { smtp } from 'plinth/smtp'
import * as v from 'valibot'
import type { AccountSettings } from './accounts.ts'

const KEY_FILE = fileURLToPath(new URL('shop.key', import.meta.url))

export async function readSettings(): Promise<AccountSettings> {
  const text = v.optional(v.string())
  const found = readConfig({
    PORT: v.optional(v.string(), '3000'),
    SHOP_ORIGIN: text,
    SHOP_KEY: text,
    SMTP_URL: text,
    MAIL_FROM: v.optional(v.string(), 'Flag shop <shop@localhost.example>'),
    OIDC_ISSUER: text,
    OIDC_CLIENT_ID: text,
    OIDC_CLIENT_SECRET: text,
  })
  const origin = found.SHOP_ORIGIN ?? `http://localhost:${found.PORT}`
  const key = found.SHOP_KEY ?? (await developmentKey(origin))
  const { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: clientId, OIDC_CLIENT_SECRET: clientSecret } = found
  return {
    origin,
    keys: createKeyring({ current: 'shop', keys: { shop: key } }),
    mail: mailOf(found.SMTP_URL, found.MAIL_FROM),
    ...(issuer !== undefined && {
      provider: {
        name: 'company',
        issuer,
        clientId: clientId ?? 'shop',
        ...(clientSecret !== undefined && { clientSecret }),
      },
    }),
  }
}

function mailOf(url: string | undefined, from: string): SendMail {
  return url === undefined ? consoleMail() : smtp({ url, from })
}

/** The key of this machine, made at the first start: what it has sealed is to be opened at the next. */
async function developmentKey(origin: string): Promise<string> {
  if (origin.startsWith('https:')) {
    throw new Error(
      'SHOP_KEY is missing: 32 random bytes as base64url, such as generateKey() gives',
    )
  }
  const key = generateKey()
  try {
    await writeFile(KEY_FILE, key, { flag: 'wx', mode: 0o600 })
    return key
  } catch {
    return readFile(KEY_FILE, 'utf8')
  }
}
