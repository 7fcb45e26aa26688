import type { PGlite, protocol } from '@electric-sql/pglite'
import type { Answer, Outcome, Step, Wire, WireColumn, WireValue } from '../postgres/wire.ts'

/** The messages that answers are made of. */
type Message =
  | { readonly name: 'rowDescription'; readonly fields: readonly Field[] }
  | { readonly name: 'dataRow'; readonly fields: (string | null)[] }
  | { readonly name: 'commandComplete'; readonly text: string }
  | { readonly name: 'emptyQuery' }
  | { readonly name: 'error' }
  | { readonly name: 'readyForQuery'; readonly status: string }

interface Field {
  readonly name: string
  readonly dataTypeID: number
}

export interface WireOptions {
  readonly database: PGlite
  readonly protocol: typeof protocol
  /** Called when the database is closed. */
  onEnd(): void
}

/** Speaks PostgreSQL's protocol to the database inside this process. */
export function openWire({ database, protocol, onEnd }: WireOptions): Wire {
  const { serialize, Parser } = protocol
  return {
    get open() {
      return !database.closed
    },
    async send(steps, forgotten) {
      const request = concat([
        ...forgotten.map((name) => serialize.close({ type: 'S', name })),
        ...steps.flatMap(toMessages),
        serialize.sync(),
      ])
      try {
        const response = await database.execProtocolRaw(request)
        const messages: Message[] = []
        new Parser().parse(response, (message) => messages.push(message as unknown as Message))
        return toOutcome(messages)
      } catch (error) {
        return { answers: [], error }
      }
    },
    // A statement runs to its end before anything else in this process does.
    async cancel() {},
    async end() {
      await database.close()
      onEnd()
    },
  }

  function toMessages({ text, name, parse, describe, values }: Step): Uint8Array[] {
    const bind = serialize.bind({ statement: name, values: values.map(toProtocol) })
    return [
      ...(parse ? [serialize.parse({ name, text })] : []),
      bind,
      ...(describe ? [serialize.describe({ type: 'P' })] : []),
      serialize.execute({}),
    ]
  }
}

function toProtocol(value: WireValue): string | ArrayBufferView | null {
  return value
}

function toOutcome(messages: readonly Message[]): Outcome {
  const answers: Answer[] = []
  let rows: (string | null)[][] = []
  let columns: readonly WireColumn[] = []
  let idle = false
  for (const message of messages) {
    switch (message.name) {
      case 'rowDescription':
        columns = message.fields.map(({ name, dataTypeID }) => ({ name, type: dataTypeID }))
        break
      case 'dataRow':
        rows.push(message.fields)
        break
      case 'emptyQuery':
      case 'commandComplete':
        answers.push({ rows, columns, tag: message.name === 'emptyQuery' ? '' : message.text })
        rows = []
        columns = []
        break
      case 'error':
        return { answers, error: message }
      case 'readyForQuery':
        idle = message.status === 'I'
        break
    }
  }
  return { answers, idle }
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
