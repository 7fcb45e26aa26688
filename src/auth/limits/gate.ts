import type { Incoming } from '../../http/index.ts'
import { PlinthError, type Scope } from '../../kernel/index.ts'
import type { Devices } from '../devices/devices.ts'
import type { Attempt } from './attempt.ts'
import type { Limiter } from './limiter.ts'

/** Something that is about to be tried. */
export interface Try {
  /** Such as `sign_in`. Each purpose counts apart. */
  readonly purpose: string
  /** What names the account, whether or not there is one: an address, or the id of a user. */
  readonly account: string
  readonly incoming: Incoming
  /** Whether it is one that only people may do: then the CAPTCHA is asked, where there is one. */
  readonly people?: boolean
}

/** Something that costs work to check. Not for what asks a CAPTCHA, which has to come before the work. */
export interface TryWith<T> extends Omit<Try, 'people'> {
  /** Writes nothing, and tells nobody. */
  check(): Promise<T>
}

/** What stands before every attempt at a credential. */
export interface Gate {
  /**
   * Lets an attempt pass, or throws `rate_limited` (429) or `captcha_failed` (403). Counted before
   * anything is looked at; to be forgiven when it succeeds.
   */
  pass(attempt: Try, scope: Scope): Promise<Attempt>
  /**
   * The same with the work of checking, such as a hash: it may begin while the attempt is being counted,
   * and what it came to is told only once the attempt is stored. Nobody over a limit makes it begin.
   */
  passWith<T>(attempt: TryWith<T>, scope: Scope): Promise<{ attempt: Attempt; checked: T }>
  /** Takes a successful attempt back, as part of `tx`. */
  readonly forgive: Limiter['forgive']
}

/** Whether a request comes from a person, as a service found out. The token is what its widget gave. */
export type Captcha = (proof: {
  readonly token: string | null
  readonly purpose: string
  readonly address: string | undefined
}) => Promise<boolean>

/** Where clients put what the widget of the CAPTCHA gave them. */
export const CAPTCHA_HEADER = 'captcha-token'

/** Creates the gate. */
export function createGate(ports: {
  limiter: Limiter
  devices: Devices
  captcha: Captcha | undefined
}): Gate {
  const { limiter, devices, captcha } = ports

  async function attemptOf({ purpose, account, incoming }: Try, scope: Scope): Promise<Attempt> {
    // An owner's own device has a count of its own: strangers cannot use it up.
    const device = await devices.find(account, incoming, scope)
    return { purpose, account, address: incoming.address, device }
  }

  return {
    async pass(tried, scope) {
      const { purpose, incoming, people = false } = tried
      const { address } = incoming
      const attempt = await attemptOf(tried, scope)
      await limiter.count(attempt, scope)
      if (people && captcha) {
        const token = incoming.header(CAPTCHA_HEADER)
        if (!(await captcha({ token, purpose, address }))) throw captchaFailed()
      }
      return attempt
    },
    async passWith(tried, scope) {
      const attempt = await attemptOf(tried, scope)
      return { attempt, checked: await limiter.countBeside(attempt, tried.check, scope) }
    },
    forgive: limiter.forgive,
  }
}

function captchaFailed(): PlinthError {
  return new PlinthError('captcha_failed', 'Show that you are a person, and try again.', {
    status: 403,
  })
}
