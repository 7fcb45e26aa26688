import { createStandardWriter, isValibot, type Schema } from '../../http/index.ts'
import { createWriter, type Writer } from './writer.ts'

/**
 * Makes the writer of a schema of any library, or undefined when a value can be sent as it is. What
 * another library than valibot is made of cannot be looked into: there the value is validated, and
 * of what validation gives that is sent which the schema declares.
 */
export function schemaWriter(schema: Schema): Writer | undefined {
  return isValibot(schema) ? createWriter(schema) : createStandardWriter(schema, 'answer')
}
