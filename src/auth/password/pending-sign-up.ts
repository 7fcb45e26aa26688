import type { Incoming } from '../../http/index.ts'
import { serializeCookie } from '../../http/index.ts'
import { sha256, systemRandom, toBase64Url } from '../../kernel/index.ts'
import type { OpenGrant } from '../secrets/one-time.ts'
import { ACCEPTED } from '../secrets/wire.ts'
import { readCookie } from '../session/cookie.ts'
import { occasionOf } from '../sign-in/sign-in.ts'
import { users } from '../users.ts'
import type { PasswordServices } from './operations.ts'
import type { Register } from './registration.ts'

export const SIGN_UP = 'sign-up'
const COOKIE = '__Host-sign-up'
const MINUTES = 60
const LIFETIME = MINUTES * 60_000

/**
 * Makes the sign-up of applications that send mail: no user before the address is proved, only a
 * pending registration, which stands beside others of the same address. A taken address costs the
 * same writes, for a link that nobody gets.
 */
export function registerByMail(services: PasswordServices): Register {
  const { database, clock, secrets, courier, links, report } = services
  return async ({ email, name, hash, incoming }, scope) => {
    const browser = toBase64Url(systemRandom.bytes(32))
    const payload = { name, hash, browser: await sha256(browser) }
    await database.systemIn(scope).transaction(async (tx) => {
      const user = await tx.first(users, { where: { email } })
      const grant = { purpose: SIGN_UP, lifetime: LIFETIME, subject: email, payload }
      const link = links('signUp', await secrets.issue(tx, grant))
      const taken = user !== null && user.emailVerifiedAt !== null
      if (taken) {
        // Strangers choose what their program is called, and would have us mail their words.
        const occasion = { ...occasionOf(incoming, clock.now()), userAgent: undefined }
        courier.mail(tx, email, { kind: 'sign-up-known', occasion })
      } else courier.mail(tx, email, { kind: 'sign-up', link, minutes: MINUTES })
      const facts = { user: taken ? user.id : undefined, address: incoming.address }
      const reason = taken ? 'sign-up, address taken' : 'sign-up'
      report('auth.code_requested', { ...facts, reason }, scope, tx)
    })
    const cookie = serializeCookie(COOKIE, browser, { maxAge: LIFETIME / 1000 })
    return { status: 202, headers: { 'set-cookie': cookie }, body: ACCEPTED }
  }
}

/** Whether a request comes from the browser that this sign-up was begun in. */
export async function isSameBrowser(
  incoming: Incoming,
  { payload }: Pick<OpenGrant, 'payload'>,
): Promise<boolean> {
  const browser = readCookie(incoming.header('cookie') ?? '', COOKIE)
  return browser !== null && (await sha256(browser)) === payload['browser']
}

/** Removes what binds a sign-up to its browser. */
export const forgetBrowser: string = serializeCookie(COOKIE, '', { maxAge: 0 })
