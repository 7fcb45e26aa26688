/**
 * What the shop is told by its environment. Nothing is needed: then it runs at localhost, prints its mails,
 * and keeps a key of its own beside these sources.
 *
 * - `SHOP_ORIGIN`: where people reach it, such as `https://shop.example`
 * - `SHOP_KEY`, `SHOP_AUDIT_KEY`: 32 random bytes each, as base64url; needed with an `https:` origin
 * - `SMTP_URL`, `MAIL_FROM`: where mails are sent through, and by whom
 * - `OIDC_ISSUER`, `OIDC_CLIENT_ID`, `OIDC_CLIENT_SECRET`: a provider to sign in with, called `company` here
 */

import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { consoleMail } from 'plinth/auth'
import { createKeyring, generateKey, readConfig, type SendMail } from 'plinth/kernel'
import { smtp } from 'plinth/smtp'
import * as v from 'valibot'
import type { ShopSettings } from './shop.ts'

export async function readSettings(): Promise<ShopSettings> {
  const text = v.optional(v.string())
  const found = readConfig({
    PORT: v.optional(v.string(), '3000'),
    SHOP_ORIGIN: text,
    SHOP_KEY: text,
    SHOP_AUDIT_KEY: text,
    SMTP_URL: text,
    MAIL_FROM: v.optional(v.string(), 'Flag shop <shop@localhost.example>'),
    OIDC_ISSUER: text,
    OIDC_CLIENT_ID: text,
    OIDC_CLIENT_SECRET: text,
  })
  const origin = found.SHOP_ORIGIN ?? `http://localhost:${found.PORT}`
  const key = found.SHOP_KEY ?? (await developmentKey(origin, 'shop.key'))
  const { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: clientId, OIDC_CLIENT_SECRET: clientSecret } = found
  return {
    origin,
    keys: createKeyring({ current: 'shop', keys: { shop: key } }),
    auditKey: found.SHOP_AUDIT_KEY ?? (await developmentKey(origin, 'shop-audit.key')),
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

/** A key of this machine, made at the first start: what it has sealed or signed is to be read at the next. */
async function developmentKey(origin: string, name: string): Promise<string> {
  if (origin.startsWith('https:')) {
    throw new Error(
      'SHOP_KEY or SHOP_AUDIT_KEY is missing: 32 random bytes as base64url, such as generateKey() gives',
    )
  }
  const file = fileURLToPath(new URL(name, import.meta.url))
  const key = generateKey()
  try {
    await writeFile(file, key, { flag: 'wx', mode: 0o600 })
    return key
  } catch {
    return readFile(file, 'utf8')
  }
}
