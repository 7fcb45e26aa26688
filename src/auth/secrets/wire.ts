import * as v from 'valibot'

/** Longer than any token: what is not one is as unknown as a spent one. */
const LONGEST_TOKEN = 200

/** The token of a link or a challenge, as a request brings it. */
export const tokenSchema: v.GenericSchema<string, string> = v.pipe(
  v.string(),
  v.nonEmpty('Expected a token.'),
  v.maxLength(LONGEST_TOKEN, 'Expected a token.'),
)

/** A code of six digits, as people type it. */
export const codeSchema: v.GenericSchema<string, string> = v.pipe(
  v.string(),
  v.trim(),
  v.regex(/^\d{6}$/, 'Expected six digits.'),
)

/** The one body that tells nothing of whether there is an account. */
export const ACCEPTED: Accepted = { status: 'accepted' }

/** What was asked for is on its way, if there is somebody to send it to. */
export interface Accepted {
  readonly status: 'accepted'
}

export const acceptedSchema: v.GenericSchema<Accepted> = v.object({
  status: v.literal('accepted'),
})
