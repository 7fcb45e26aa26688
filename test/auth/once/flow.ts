import type { AuthApp } from '../auth-app.ts'

/** A request, and where it goes. */
export interface Step {
  /** Default: POST with JSON, GET without. */
  readonly method?: string
  readonly path: string
  readonly json?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** A way through auth that writes: what leads up to its last request, and that request. */
export interface Flow {
  readonly name: string
  /** Whether the request spends something: of many at once, exactly one succeeds. */
  readonly once: boolean
  /** Whether what leads up to it is done anew after a failure: the secret is spent before others are asked. */
  readonly startsOver?: boolean
  /** False when nothing of it is stored. */
  readonly stores?: boolean
  prepare(app: AuthApp): Promise<Step>
}

/** How programs are answered: with tokens. */
export const bearer = { transport: 'bearer' } as const
