import type { Issue } from '../../kernel/index.ts'
import { PlinthError } from '../../kernel/index.ts'
import type { Incoming } from '../message.ts'

/** What a reader of a body is made with. */
export interface BodyOptions {
  /** Bytes of body, unless the body declares its own. */
  readonly bodyLimit: number
  readonly jsonDepth: number
  /** Begins the message when the body cannot be read. */
  readonly place: string
}

/** A request whose body is being read, and where to note what is wrong with it. */
export interface BodyRequest {
  readonly incoming: Incoming
  readonly issues: Issue[]
}

/** Reads a body that is taken as a whole. */
export interface WholeReader {
  readonly streamed: false
  readonly limit: number
  /** Refuses a body by its headers, before it arrives. */
  readonly check: (incoming: Incoming) => void
  /** Makes the handler's value of the bytes. */
  readonly parse: (bytes: Uint8Array, request: BodyRequest) => unknown
}

/** A body that goes on arriving while the handler is at work. */
export interface OpenBody {
  readonly value: unknown
  /** Ends it: nothing of it is read any more. */
  readonly release: (reason?: unknown) => void
}

/** Opens a body that is read while it arrives. */
export interface StreamReader {
  readonly streamed: true
  readonly check: (incoming: Incoming) => void
  readonly open: (request: BodyRequest) => Promise<OpenBody>
}

export type BodyReader = WholeReader | StreamReader

/** The refusal of a request that brings none of the body that its operation needs. */
export function missingBody(types: readonly string[]): PlinthError<'missing_body'> {
  const message = `This operation needs a body of ${types.join(' or ')}.`
  return new PlinthError('missing_body', message, { status: 400 })
}

/** The refusal of a body that is not what its media type says. */
export function malformed<Code extends string>(code: Code, message: string): PlinthError<Code> {
  return new PlinthError(code, message, { status: 400 })
}

/** The body's text. Throws `code` (400) for bytes that are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array, code: string): string {
  try {
    return utf8.decode(bytes)
  } catch {
    throw malformed(code, 'The body is not UTF-8.')
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true })
