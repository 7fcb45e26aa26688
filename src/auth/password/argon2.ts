import type { Cost } from './phc.ts'

/** What a hash is computed from. */
export interface Argon2Input extends Cost {
  readonly password: Uint8Array
  readonly salt: Uint8Array
  /** Bytes of hash. */
  readonly length: number
}

/** Computes argon2id, version 19 (RFC 9106). */
export type Argon2 = (input: Argon2Input) => Promise<Uint8Array>

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

/**
 * Picks the fastest engine that this runtime has. All of them compute the same bytes.
 *
 * - The runtime's own, off the event loop: Node 24.7 and later, Bun.
 * - WebAssembly where it may be compiled at run time: Node 22, Deno.
 * - JavaScript elsewhere (workerd), some ten times slower than the first.
 */
export async function selectArgon2(): Promise<Argon2> {
  const native = nativeArgon2()
  if (native) return native
  if (canCompileWasm()) return (await import('./argon2-wasm.ts')).wasmArgon2
  return (await import('./argon2-script.ts')).scriptArgon2
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

/** The smallest module there is: the magic number and the version. */
const EMPTY_MODULE = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)

function canCompileWasm(): boolean {
  try {
    return new WebAssembly.Module(EMPTY_MODULE) instanceof WebAssembly.Module
  } catch {
    // workerd refuses code that is made at run time; other runtimes may lack WebAssembly.
    return false
  }
}
