/** What a side of the suite `auth` can do, and the process that measures it when told to. */
import { WrongAnswer } from '../../harness/rounds.ts'

export const password = 'correct horse battery staple'
/** More than any side remembers, so that walking through them asks the database each time. */
export const manySessions = 20_000

export interface AuthSide {
  /** Signs an account up that does not exist yet. */
  readonly signUp: (email: string) => Promise<unknown>
  /** Signs in over the side's own handler; resolves to what its session is presented with. */
  readonly signIn: (email: string) => Promise<Headers>
  /** Opens a session without its password, as fixtures do, and resolves to what it is presented with. */
  readonly openSession: (email: string) => Promise<Headers>
  /** The address of the user that a request is from, or null. */
  readonly check: (headers: Headers) => Promise<string | null> | string | null
  /** The side's hash of the password alone. */
  readonly hash?: () => Promise<unknown>
}

export type AuthCase = 'session' | 'session-many' | 'sign-in' | 'hash'
export type Order = { readonly case: AuthCase; readonly ms: number }
export type Report =
  | { readonly figure: number }
  | { readonly wrong: string }
  | { readonly absent: true }

const email = 'ada@example.com'
/** Whose sessions the many are: those of the one who signs in stay few. */
const other = 'bob@example.com'

/** Prepares the side and answers the harness until it is gone. */
export async function serveAuthSide(side: AuthSide): Promise<void> {
  await side.signUp(email)
  await side.signUp(other)
  const own = await side.signIn(email)
  const many: Headers[] = []
  await assertRight(side, own)
  process.on('message', async (order: Order) => {
    process.send?.(await obey(order).catch(toReport))
  })
  process.once('disconnect', () => process.exit())
  process.send?.('ready')

  async function obey({ case: name, ms }: Order): Promise<Report> {
    if (name === 'hash') return side.hash ? measure(side.hash, ms) : { absent: true }
    if (name === 'sign-in') {
      const report = await measure(() => side.signIn(email), ms)
      await assertRight(side, await side.signIn(email))
      return report
    }
    if (name === 'session') return measureTurns(() => look(own), ms)
    while (many.length < manySessions) many.push(await side.openSession(other))
    let at = 0
    return measureTurns(() => look(many[at++ % many.length] as Headers), ms)
  }

  async function look(headers: Headers): Promise<void> {
    if ((await side.check(headers)) === null) throw new WrongAnswer('a session was not recognised')
  }
}

async function assertRight(side: AuthSide, headers: Headers): Promise<void> {
  if ((await side.check(headers)) !== email) throw new WrongAnswer('the session is of another user')
  if ((await side.check(new Headers())) !== null) throw new WrongAnswer('nobody is signed in')
  const forged = new Headers([...headers].map(([name, value]) => [name, flipped(value)]))
  if ((await side.check(forged)) !== null) throw new WrongAnswer('a forged session was taken')
}

/** The same text with one character of its middle changed. */
function flipped(text: string): string {
  const at = text.length >> 1
  return text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1)
}

/**
 * Microseconds of processor time a call, which other work on the machine disturbs less than the wall
 * clock, each in a turn of the event loop of its own, as requests come; what the turns
 * cost is taken off.
 */
async function measureTurns(call: () => Promise<unknown>, ms: number): Promise<Report> {
  const empty = await loop(async () => {}, ms / 4)
  return { figure: (await loop(call, ms)) - empty }
}

async function loop(call: () => Promise<unknown>, ms: number): Promise<number> {
  let made = 0
  const from = performance.now()
  const before = process.cpuUsage()
  do {
    await new Promise(setImmediate)
    await call()
    made++
  } while (performance.now() - from < ms)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / made
}

/** Microseconds a call. */
async function measure(call: () => Promise<unknown>, ms: number): Promise<Report> {
  let made = 0
  const from = performance.now()
  do {
    await call()
    made++
  } while (performance.now() - from < ms)
  return { figure: ((performance.now() - from) * 1000) / made }
}

function toReport(error: unknown): Report {
  return { wrong: error instanceof Error ? error.message : String(error) }
}
