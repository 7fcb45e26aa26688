import { argon2id } from 'hash-wasm'
import type { Argon2 } from './argon2.ts'

/** argon2id in WebAssembly. Blocks the event loop while it computes. */
export const wasmArgon2: Argon2 = ({ password, salt, memory, passes, lanes, length }) =>
  argon2id({
    password,
    salt,
    memorySize: memory,
    iterations: passes,
    parallelism: lanes,
    hashLength: length,
    outputType: 'binary',
  })
