import type { Argon2 } from './argon2.ts'
import { nativeArgon2 } from './argon2-native.ts'

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
