import * as v from 'valibot'
import { createStandardWriter, isValibot, type Schema } from '../../http/index.ts'
import { misuse } from '../../kernel/index.ts'
import { createWriter, type Writer } from './writer.ts'

/**
 * Makes the writer of a schema of any library, or undefined when a value can be sent as it is. What
 * another library than valibot is made of cannot be looked into: there the value is validated, and
 * of what validation gives that is sent which the schema declares. With `verify` every value is
 * validated, and one that does not fit is `misuse`.
 */
export function schemaWriter(schema: Schema, verify = false): Writer | undefined {
  if (!isValibot(schema)) return createStandardWriter(schema, 'answer')
  const write = createWriter(schema)
  return verify ? verifying(schema, write) : write
}

function verifying(schema: v.GenericSchema, write: Writer | undefined): Writer {
  return (value) => {
    const [issue] = v.safeParse(schema, value).issues ?? []
    if (!issue) return write ? write(value) : value
    const place = v.getDotPath(issue)
    throw misuse(place === null ? 'answer' : `answer: ${place}`, issue.message)
  }
}
