import type { Signals, TraceContext } from '../../../kernel/index.ts'
import type { Hook } from './level.ts'

export interface HookOptions {
  readonly signals: Signals
  readonly trace: TraceContext | undefined
}

/** Runs what was to follow a commit; that it fails is logged and undoes nothing. */
export async function runHook(hook: Hook, { signals, trace }: HookOptions): Promise<void> {
  try {
    await hook()
  } catch (error) {
    signals.log({
      level: 'error',
      event: 'data.hook_failed',
      message: 'A hook failed after its transaction was committed.',
      error,
      trace,
    })
  }
}
