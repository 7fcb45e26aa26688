import { type Answer, linkedToken, sentCode, signIn } from '../app.ts'
import { OWNER, type Stage } from './stage.ts'

/** A way in that the owner takes. */
export interface Way {
  readonly name: string
  /** Whether it is meant to end what others hold of an account that was the owner's before. */
  readonly regains: boolean
  /** Whether the owner has the password of `OWNER` afterwards. */
  readonly setsPassword: boolean
  enter(stage: Stage): Promise<Answer>
}

const bearer = { transport: 'bearer' } as const
const { email, password } = OWNER

export const ways: readonly Way[] = [
  {
    name: 'signs up',
    regains: false,
    setsPassword: true,
    async enter({ app }) {
      await app.send('/auth/sign-up', { json: OWNER })
      const json = { token: await linkedToken(app, email), password, ...bearer }
      return app.send('/auth/sign-up/confirm', { json })
    },
  },
  {
    name: 'resets the password',
    regains: true,
    setsPassword: true,
    async enter({ app }) {
      await app.send('/auth/reset', { json: { email } })
      const json = { token: await linkedToken(app, email), password, ...bearer }
      return app.send('/auth/reset/confirm', { json })
    },
  },
  {
    name: 'takes a magic link',
    regains: false,
    setsPassword: false,
    async enter({ app }) {
      await app.send('/auth/magic-link', { json: { email } })
      const json = { token: await linkedToken(app, email), ...bearer }
      return app.send('/auth/magic-link/confirm', { json })
    },
  },
  {
    name: 'takes a code by mail',
    regains: false,
    setsPassword: false,
    async enter({ app }) {
      const { challenge } = (await app.send('/auth/email-code', { json: { email } })).json
      const json = { challenge, code: await sentCode(app, email), ...bearer }
      return app.send('/auth/email-code/confirm', { json })
    },
  },
  {
    name: 'changes the password',
    regains: true,
    setsPassword: false,
    async enter({ app }) {
      const { headers } = await signIn(app, OWNER)
      const json = { current: password, password: 'another that the owner knows' }
      return app.send('/auth/password', { json, headers })
    },
  },
]
