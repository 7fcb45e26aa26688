import type { Context } from '../../http/index.ts'
import type { SignInAnswer } from '../sign-in/answer.ts'
import type { Proven } from './exchange.ts'
import type { TakenFlow } from './flow.ts'

/** The request of somebody who comes back from a provider. */
export type Arrival = Pick<Context, 'incoming' | 'principal' | 'trace' | 'signal' | 'fetch' | 'log'>

/** Somebody who has come back, with what they set out to do and what the provider says of them. */
export interface Return {
  readonly arrival: Arrival
  readonly flow: TakenFlow
  readonly proven: Proven
}

/** How they are answered: programs like on any way in, browsers by a place to go on to. */
export type ArrivalAnswer =
  | SignInAnswer
  | { readonly status: 204 }
  | { readonly status: 303; readonly headers: Record<string, string | string[]> }

/** A path of the application with the fields that are there. */
export function withQuery(path: string, fields: Readonly<Record<string, string | null>>): string {
  const given = Object.entries(fields).flatMap(([name, value]) =>
    value === null ? [] : [[name, value]],
  )
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`
}
