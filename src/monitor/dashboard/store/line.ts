import type { Attributes, LogRecord, TraceContext } from '../../../kernel/index.ts'
import type { Redactor } from '../../redact.ts'
import { type Failure, lengthOfFailure, toFailure } from './failure.ts'

/** A line of the log as it is kept: without secrets, and nothing of unbounded size. */
export interface Line {
  /** Milliseconds since the epoch. */
  readonly time: number
  readonly level: LogRecord['level']
  readonly message: string
  readonly event: string | undefined
  readonly attributes: Attributes
  readonly trace: TraceContext | undefined
  readonly failure: Failure | undefined
}

const TEXT_LENGTH = 2_000
const ATTRIBUTES = 50
/** What the objects of a line take, beside their text. */
const OVERHEAD = 300

/**
 * Takes down a line, and its secrets out at once: what tells them, the request that it came with, is
 * nothing to hold on to.
 */
export function toLine(record: LogRecord, time: number, redactor: Redactor): Line {
  const { message, attributes, error } = redactor.log(record)
  return {
    time,
    level: record.level,
    message: message.slice(0, TEXT_LENGTH),
    event: record.event?.slice(0, 200),
    attributes: shortAttributes(attributes),
    trace: record.trace,
    failure: error === undefined ? undefined : toFailure(error),
  }
}

/** What a line takes, about. */
export function bytesOfLine({ message, attributes, failure }: Line): number {
  let bytes = OVERHEAD + 2 * message.length + (failure ? 2 * lengthOfFailure(failure) : 0)
  for (const key in attributes) {
    const value = attributes[key]
    bytes += 2 * key.length + (typeof value === 'string' ? 2 * value.length : 16)
  }
  return bytes
}

/** The first attributes, their names and texts cut short. */
export function shortAttributes(attributes: Attributes): Attributes {
  return Object.fromEntries(
    Object.entries(attributes)
      .slice(0, ATTRIBUTES)
      .map(([key, value]) => [
        key.slice(0, 200),
        typeof value === 'string' ? value.slice(0, TEXT_LENGTH) : value,
      ]),
  )
}
