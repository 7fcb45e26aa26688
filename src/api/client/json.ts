import { ClientError } from './error.ts'

/** Reads what an operation says to be JSON, or throws `invalid_answer`. */
export function parseJson(name: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new ClientError('invalid_answer', `${name}: the answer says JSON but is not`, cause)
  }
}
