import * as v from 'valibot'
import type { Row } from '../../data/index.ts'
import type { passkeys } from './passkeys-table.ts'

/** A passkey, as its owner's list shows it. */
export interface PasskeyView {
  readonly id: string
  readonly name: string
  /** As browsers know it, for `PublicKeyCredential.signalAllAcceptedCredentials`. */
  readonly credentialId: string
  /** The model of the authenticator, a UUID; zeros where it does not say. */
  readonly aaguid: string
  /** Whether it is kept on several devices or in an account, so that losing one device does not lose it. */
  readonly backedUp: boolean
  readonly createdAt: Date
  readonly lastUsedAt: Date | null
}

export const passkeyView: v.GenericSchema<PasskeyView> = v.object({
  id: v.string(),
  name: v.string(),
  credentialId: v.string(),
  aaguid: v.string(),
  backedUp: v.boolean(),
  createdAt: v.date(),
  lastUsedAt: v.nullable(v.date()),
})

export function toPasskeyView(row: Row<typeof passkeys>): PasskeyView {
  const { id, name, credentialId, aaguid, backedUp, createdAt, lastUsedAt } = row
  return { id, name, credentialId, aaguid, backedUp, createdAt, lastUsedAt }
}

const CONTROLS = /\p{Cc}/u

/** What a person calls a passkey. */
export const nameSchema: v.GenericSchema<string> = v.pipe(
  v.string(),
  v.trim(),
  v.nonEmpty('Expected a name.'),
  v.maxLength(64, 'Use at most 64 characters.'),
  v.check((name) => !CONTROLS.test(name), 'Expected a name without control characters.'),
)
