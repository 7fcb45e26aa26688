import { tooLarge } from './errors.ts'
import type { Answer, Outcome, Step, WireColumn, WireValue } from './wire.ts'

/** The connection inside a client of pg, as far as a query of one's own (`Submittable`) is given it. */
export interface Protocol {
  readonly stream: { cork?(): void; uncork?(): void }
  parse(message: { name: string; text: string }): void
  bind(message: {
    statement: string
    values: readonly WireValue[]
    valueMapper: (value: WireValue) => string | Buffer | null
  }): void
  describe(message: { type: 'P'; name: string }): void
  execute(message: undefined): void
  close(message: { type: 'S'; name: string }): void
  sync(): void
}

interface DataRow {
  readonly fields: (string | null)[]
}

interface RowDescription {
  readonly fields: readonly { readonly name: string; readonly dataTypeID: number }[]
}

const NO_COLUMNS: readonly WireColumn[] = []

/**
 * Several statements as one query of pg: sent together, with one Sync at their end, so that the server
 * skips what follows a statement that fails. pg's own queries are one round trip each, and describe
 * what is known.
 * https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-EXT-QUERY
 */
export class Batch {
  readonly outcome: Promise<Outcome>
  readonly #steps: readonly Step[]
  readonly #forgotten: readonly string[]
  readonly #answers: Answer[] = []
  #rows: (string | null)[][] = []
  #columns = NO_COLUMNS
  #error: unknown
  #settle!: (outcome: Outcome) => void

  constructor(steps: readonly Step[], forgotten: readonly string[]) {
    this.#steps = steps
    this.#forgotten = forgotten
    this.outcome = new Promise((resolve) => {
      this.#settle = resolve
    })
  }

  /** Called by pg when it is this query's turn. */
  submit(protocol: Protocol): null {
    protocol.stream.cork?.()
    try {
      for (const name of this.#forgotten) protocol.close({ type: 'S', name })
      for (const step of this.#steps) send(protocol, step)
    } catch (error) {
      // No message holds it: what was sent of this step is not executed.
      this.#error = tooLarge(error)
    } finally {
      protocol.sync()
      protocol.stream.uncork?.()
    }
    return null
  }

  handleRowDescription({ fields }: RowDescription): void {
    this.#columns = fields.map(({ name, dataTypeID }) => ({ name, type: dataTypeID }))
  }

  handleDataRow({ fields }: DataRow): void {
    this.#rows.push(fields)
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    this.#complete(text)
  }

  handleEmptyQuery(): void {
    this.#complete('')
  }

  handleReadyForQuery(): void {
    this.#finish()
  }

  handleError(error: unknown): void {
    this.#error ??= error
    this.#finish()
  }

  /** Nothing is ever fetched in portions. */
  handlePortalSuspended(): void {}

  handleCopyInResponse(protocol: { sendCopyFail(reason: string): void }): void {
    protocol.sendCopyFail('COPY is not supported')
  }

  handleCopyData(): void {}

  #complete(tag: string): void {
    this.#answers.push({ rows: this.#rows, columns: this.#columns, tag })
    this.#rows = []
    this.#columns = NO_COLUMNS
  }

  #finish(): void {
    const answers = this.#answers
    this.#settle(this.#error === undefined ? { answers } : { answers, error: this.#error })
  }
}

function send(protocol: Protocol, { text, name, parse, describe, values }: Step): void {
  if (parse) protocol.parse({ name, text })
  protocol.bind({ statement: name, values, valueMapper: toProtocol })
  if (describe) protocol.describe({ type: 'P', name: '' })
  protocol.execute(undefined)
}

/** Bytes travel as they are, not as digits. */
function toProtocol(value: WireValue): string | Buffer | null {
  if (value === null || typeof value === 'string') return value
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
}
