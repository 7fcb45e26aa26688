import type { Answer, ResponseKind, Responses, Schema } from '../../http/index.ts'
import { misuse } from '../../kernel/index.ts'
import { mapItems } from './items.ts'
import { schemaWriter } from './schema-writer.ts'

/** Writes an answer by the schema of its response. */
export type AnswerWriter = (answer: Answer) => Answer

type BodyWriter = (body: unknown) => unknown

/**
 * Creates the writer of an operation's answers: only what their schemas name leaves. An answer that
 * cannot be sent is found here, where its transaction can still be undone; the items of a stream are
 * written one by one as they come.
 */
export function createAnswerWriter(
  name: string,
  { responses, verify }: { readonly responses: Responses; readonly verify: boolean },
): AnswerWriter {
  const writers = new Map<number, BodyWriter | undefined>()
  return (answer) => {
    // A handler that the compiler did not see may have answered anything.
    const { status, body } = answer ?? {}
    const write = writers.get(status) ?? writerOf(status)
    return write ? { ...answer, body: write(body) } : answer
  }

  /** Made when an answer first needs it: a server of many operations would wait for them all. */
  function writerOf(status: number): BodyWriter | undefined {
    if (writers.has(status)) return undefined
    if (status === undefined) {
      throw misuse(`operation ${name}`, 'answered no status; return { status, body }')
    }
    const response = Object.hasOwn(responses, status) ? responses[status] : undefined
    if (response === undefined) {
      throw misuse(`operation ${name}`, `answered ${status}, which it does not declare`)
    }
    const write = bodyWriterOf(response, (schema) => schemaWriter(schema, verify))
    writers.set(status, write)
    return write
  }
}

/** Undefined for what is sent as it is given. */
function bodyWriterOf(
  response: ResponseKind,
  writerOf: (schema: Schema) => BodyWriter | undefined,
): BodyWriter | undefined {
  if (response === null) return undefined
  if ('~standard' in response) return writerOf(response)
  if (response.kind === 'lines') return streamWriter(writerOf(response.schema))
  if (response.kind === 'events') return streamWriter(dataWriter(writerOf(response.schema)))
  return undefined
}

function streamWriter(write: BodyWriter | undefined): BodyWriter | undefined {
  return write && ((body) => mapItems(body, write))
}

/** Writes the data of an event and leaves the rest as it is. */
function dataWriter(write: BodyWriter | undefined): BodyWriter | undefined {
  if (!write) return undefined
  return (event) => {
    const given = event as { readonly data: unknown }
    return { ...given, data: write(given.data) }
  }
}
