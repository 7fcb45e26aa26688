import { createHmac } from 'node:crypto'
import { ADA, type AuthApp, enter, openBrowser, signIn as programSignIn } from '../auth-app.ts'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** What an authenticator app shows at a time, made by other means than the library's. */
export function codeAt(secret: string, time: number): string {
  const bits = [...secret].map((letter) => ALPHABET.indexOf(letter).toString(2).padStart(5, '0'))
  const bytes = bits.join('').match(/.{8}/g) ?? []
  const key = Buffer.from(bytes.map((byte) => Number.parseInt(byte, 2)))
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(time / 30_000)))
  const mac = createHmac('sha1', key).update(counter).digest()
  const value = mac.readUInt32BE((mac.at(-1) ?? 0) & 15) & 0x7fff_ffff
  return String(value % 1_000_000).padStart(6, '0')
}

/** Signs up and enrols an authenticator app; the headers are those of a session of two factors. */
export async function enrol(app: AuthApp, account = ADA) {
  const first = await enter(app, account)
  const begun = await app.send('/auth/totp', { method: 'POST', headers: first.headers })
  const secret: string = begun.json.secret
  const code = codeAt(secret, app.clock.now())
  const done = await app.send('/auth/totp/confirm', { json: { code }, headers: first.headers })
  const headers = { authorization: `Bearer ${done.json.token}` }
  // The code of this step is spent.
  app.clock.advance(30_000)
  return { secret, headers, user: first.user.id as string, begun, done, before: first.headers }
}

/** Signs in half-way as a program: the answer has the token of the half-finished sign-in. */
export async function signInHalf(app: AuthApp, account = ADA): Promise<string> {
  const { answer } = await programSignIn(app, account)
  if (answer.status !== 202) throw new Error(`expected 202, got ${answer.status}: ${answer.text}`)
  return answer.json.pending
}

/** A browser that has signed in half-way. */
export async function browseHalf(app: AuthApp, account = ADA) {
  const browser = openBrowser(app)
  await browser.send('/auth/sign-in', { json: account })
  return browser
}
