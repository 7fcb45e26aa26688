import type { Argon2 } from './argon2.ts'

interface NativeInput {
  readonly message: Uint8Array
  readonly nonce: Uint8Array
  readonly memory: number
  readonly passes: number
  readonly parallelism: number
  readonly tagLength: number
}

interface NativeCrypto {
  argon2?(
    algorithm: 'argon2id',
    input: NativeInput,
    done: (error: Error | null, hash: Uint8Array) => void,
  ): void
}

interface BuiltinModules {
  readonly process?: { getBuiltinModule?(id: string): NativeCrypto | undefined }
}

/** The runtime's own engine, which computes in a thread of its pool; undefined where it has none. */
export function nativeArgon2(): Argon2 | undefined {
  const { process } = globalThis as BuiltinModules
  const { argon2 } = process?.getBuiltinModule?.('node:crypto') ?? {}
  if (!argon2) return undefined
  return ({ password, salt, memory, passes, lanes, length }) =>
    new Promise((resolve, reject) => {
      const input = {
        message: password,
        nonce: salt,
        memory,
        passes,
        parallelism: lanes,
        tagLength: length,
      }
      argon2('argon2id', input, (error, hash) => (error ? reject(error) : resolve(hash)))
    })
}
