import * as v from 'valibot'
import { codeSchema, tokenSchema } from '../secrets/wire.ts'
import type { CodeSent } from './operations.ts'

/** Milliseconds: what a code out of band may take (ASVS 6.5.5). */
export const CODE_LIFETIME: number = 10 * 60_000
export const CODE_MINUTES: number = CODE_LIFETIME / 60_000

export const codeSentSchema: v.GenericSchema<CodeSent> = v.object({
  challenge: v.string(),
  expiresAt: v.date(),
})

/** What comes back with a code. */
export const answerEntries: {
  readonly challenge: v.GenericSchema<string, string>
  readonly code: v.GenericSchema<string, string>
} = { challenge: tokenSchema, code: codeSchema }
