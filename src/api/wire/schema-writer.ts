import { type Schema, type SchemaResult, toValibot } from '../../http/index.ts'
import { misuse } from '../../kernel/index.ts'
import { createWriter, type Writer } from './writer.ts'

/**
 * Makes the writer of a schema of any library, or undefined when a value can be sent as it is. What
 * another library than valibot is made of cannot be looked into: there the value is validated, and
 * what validation gives is sent, later if the schema takes its time.
 */
export function schemaWriter(schema: Schema): Writer | undefined {
  return '~run' in schema ? createWriter(toValibot(schema)) : validatedWriter(schema)
}

function validatedWriter({ '~standard': { validate } }: Schema): Writer {
  return (value) => {
    const result = validate(value)
    return result instanceof Promise ? result.then(outputOf) : outputOf(result)
  }
}

function outputOf(result: SchemaResult<unknown>): unknown {
  if (!result.issues) return result.value
  const [issue] = result.issues
  const way = (issue?.path ?? []).map((part) => String(typeof part === 'object' ? part.key : part))
  throw misuse('answer', `${way.join('.') || 'body'}: ${issue?.message}`)
}
