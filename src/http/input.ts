import type { Issue } from '../kernel/index.ts'
import { createBodyReader } from './body/body.ts'
import {
  createCookiesReader,
  createHeadersReader,
  createParamsReader,
  createQueryReader,
} from './input-parts.ts'
import { invalidInput } from './issues.ts'
import type { Incoming } from './message.ts'
import type { InputSchemas } from './parts.ts'

/** The validated parts of a request. */
export interface Input {
  params: unknown
  query: unknown
  headers: unknown
  cookies: unknown
  body: unknown
  /** Ends a body that is still arriving. */
  release: ((reason: unknown) => void) | undefined
}

/** Reads and validates all parts, or throws: 400, 413, 415, and 422 with every issue of all parts. */
export type InputReader = (
  incoming: Incoming,
  segments: readonly string[],
) => Input | Promise<Input>

/** What a reader is made for. `place` begins the message when the schemas cannot be used. */
export interface InputOptions {
  /** The path's parameters, in its order. */
  readonly names: readonly string[]
  readonly bodyLimit: number
  readonly jsonDepth: number
  readonly place: string
}

/** Creates the reader of one operation's input; its parsers are made once, here. */
export function createInputReader(schemas: InputSchemas, options: InputOptions): InputReader {
  const { place } = options
  const readParams = createParamsReader(schemas.params, options)
  const readQuery = createQueryReader(schemas.query, place)
  const readHeaders = createHeadersReader(schemas.headers, place)
  const readCookies = createCookiesReader(schemas.cookies, place)
  const body =
    schemas.body && createBodyReader(schemas.body, { ...options, place: `${place}: body` })
  return (incoming, segments) => {
    const issues: Issue[] = []
    const input: Input = {
      params: readParams(segments, issues),
      query: readQuery(incoming.query, issues),
      headers: readHeaders?.(incoming, issues),
      cookies: readCookies?.(incoming, issues),
      body: undefined,
      release: undefined,
    }
    if (!body) return checked(input, issues)
    // A body of a type that nobody will read need not even arrive.
    if (incoming.header('content-type') !== null) body.check(incoming)
    if (body.streamed) {
      return body.open({ incoming, issues }).then(({ value, release }) => {
        input.body = value
        input.release = release
        return checked(input, issues)
      })
    }
    const finish = (bytes: Uint8Array): Input => {
      input.body = body.parse(bytes, { incoming, issues })
      return checked(input, issues)
    }
    const bytes = incoming.bytes(body.limit)
    return bytes instanceof Promise ? bytes.then(finish) : finish(bytes)
  }
}

function checked(input: Input, issues: readonly Issue[]): Input {
  if (issues.length === 0) return input
  const refusal = invalidInput(issues)
  input.release?.(refusal)
  throw refusal
}
