import * as v from 'valibot'

const CONTROLS = /\p{Cc}/u

/** What a person calls themselves, in a request. */
export const nameSchema: v.GenericSchema<string, string> = v.pipe(
  v.string(),
  v.normalize('NFC'),
  v.trim(),
  v.nonEmpty(),
  v.maxLength(200),
  v.check((name) => !CONTROLS.test(name), 'Expected a name without control characters.'),
)
