import { argon2idAsync } from '@noble/hashes/argon2.js'
import type { Argon2 } from './argon2.ts'

/** argon2id in JavaScript. Gives way to the event loop every few milliseconds. */
export const scriptArgon2: Argon2 = ({ password, salt, memory, passes, lanes, length }) =>
  argon2idAsync(password, salt, { m: memory, t: passes, p: lanes, dkLen: length, asyncTick: 10 })
