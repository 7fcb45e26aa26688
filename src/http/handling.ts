import { misuse } from '../kernel/index.ts'
import type { AppOptions, Around } from './app.ts'
import type { Exchange } from './exchange.ts'
import type { Middleware, Next } from './middleware.ts'
import type { Operation } from './operation.ts'
import type { Answer } from './responses.ts'

/** What the module that mounts operations puts around their handlers. */
export interface Surroundings {
  readonly around: Around
  /** What middleware is given beside the context. */
  readonly services: (exchange: Exchange) => Readonly<Record<string, unknown>>
  /** Writes an answer that a middleware gave by itself. */
  readonly write: NonNullable<AppOptions['write']>
}

/** Answers a request that was let in and whose input is read. */
export type Handle = (exchange: Exchange, surroundings: Surroundings) => Answer | Promise<Answer>

/** Creates what answers the requests of an operation: its middleware, and its handler within. */
export function createHandle(operation: Operation, place: string): Handle {
  const handle: Handle = (exchange, { around }) =>
    around(operation, exchange, (services) => operation.handler(Object.assign(exchange, services)))
  const list = operation.spec.middleware ?? []
  if (list.length === 0) return handle

  return (exchange, surroundings) => {
    const services = surroundings.services(exchange)
    Object.assign(exchange, services)
    const write = (answer: Answer) => surroundings.write(operation, answer)
    return list.reduceRight<() => Promise<Answer>>(
      (inner, middleware, index) => () =>
        pass(middleware, { exchange, inner, write, place: `${place}: middleware ${index + 1}` }),
      async () => {
        try {
          return await handle(exchange, surroundings)
        } finally {
          // The transaction that the handler was given has ended.
          Object.assign(exchange, services)
        }
      },
    )()
  }
}

interface Layer {
  readonly exchange: Exchange
  readonly inner: () => Promise<Answer>
  readonly write: (answer: Answer) => Answer | Promise<Answer>
  readonly place: string
}

/** Runs one middleware to its end, and what is within it as well, awaited or not. */
async function pass(middleware: Middleware, layer: Layer): Promise<Answer> {
  const { exchange, inner, write, place } = layer
  let passed: Promise<Answer> | undefined
  let ended = false
  const next = (services: object = {}): Promise<Answer> => {
    if (ended) return refused(misuse(place, 'called next after it had answered'))
    if (passed) throw misuse(place, 'called next twice')
    if (exchange.aborted) return refused(exchange.signal.reason)
    add(services, exchange, place)
    passed = inner()
    passed.catch(() => {})
    return passed
  }
  let given: Answer
  try {
    given = await middleware(exchange, next as Next)
  } finally {
    ended = true
    await settled(passed)
  }
  const answer = await settled(passed)
  return answer === undefined ? write(given) : unchanged(given, answer, place)
}

/** What was answered within, if anything was. */
async function settled(passed: Promise<Answer> | undefined): Promise<Answer | undefined> {
  return passed?.catch(() => undefined)
}

/** A rejection that harms nobody when nobody waits for it. */
function refused(reason: unknown): Promise<never> {
  const rejection = Promise.reject(reason)
  rejection.catch(() => {})
  return rejection
}

/** Who is calling and what was sent are not for a middleware to change. */
function add(services: object, exchange: Exchange, place: string): void {
  for (const name of Object.keys(services)) {
    if (name in exchange) throw misuse(place, `adds "${name}", which the context has already`)
  }
  Object.assign(exchange, services)
}

/** What was answered and committed is not taken back: headers alone may differ. */
function unchanged(given: Answer, answer: Answer, place: string): Answer {
  if (given?.status === answer.status && given.body === answer.body) return given
  throw misuse(place, 'did not return the answer of next; it may change the headers alone')
}
