import type { Signals } from '../kernel/index.ts'
import type { Exchange } from './exchange.ts'
import type { Outgoing } from './message.ts'
import type { Operation } from './operation.ts'
import type { Answer } from './responses.ts'

/** The request that an answer is for, as far as the writing of answers depends on it. */
export interface Asked {
  readonly exchange: Exchange
  /** Whether it came over TLS. */
  readonly secure: boolean
  readonly signals: Signals
}

/** Writes an operation's answer as what goes over the wire. */
export type AnswerEncoder = (answer: Answer, asked: Asked) => Outgoing

/** What of an operation's declaration its answers depend on. */
export type Answering = Pick<
  Operation['spec'],
  'method' | 'guard' | 'responses' | 'transaction' | 'cache' | 'compress'
>
