import * as v from 'valibot'
import { type Issue, PlinthError } from '../kernel/index.ts'
import { UNKNOWN_KEY } from './query.ts'
import { toStrict } from './strict.ts'

/** Every issue is told at once. */
const ALL = { abortEarly: false, abortPipeEarly: false } as const

/**
 * Reads a value by a schema as operations read their input: unknown keys are refused at every depth.
 * Throws `invalid_input` (422) with all `issues`.
 *
 * ```ts
 * import { parse } from 'plinth/http'
 * import * as v from 'valibot'
 *
 * const { title } = parse(v.object({ title: v.string() }), JSON.parse('{"title":"Milk"}'))
 * console.log(title) // Milk
 * ```
 */
export function parse<S extends v.GenericSchema>(schema: S, value: unknown): v.InferOutput<S> {
  const issues: Issue[] = []
  const output = collectIssues(toStrict(schema), value, { path: '', issues })
  if (issues.length > 0) throw invalidInput(issues)
  // Without issues, what the schema gives back is its output.
  return output as v.InferOutput<S>
}

/** Reads a value by a schema that is strict already and adds what is wrong to `issues`. */
export function collectIssues(
  schema: v.GenericSchema,
  value: unknown,
  { path, issues }: { path: string; issues: Issue[] },
): unknown {
  const result = v.safeParse(schema, value, ALL)
  for (const issue of result.issues ?? []) {
    const below = v.getDotPath(issue)
    issues.push({
      path: below === null ? path : path === '' ? below : `${path}.${below}`,
      message: toMessage(issue),
    })
  }
  return result.output
}

/** The refusal of input that is well-formed but not what was asked for. */
export function invalidInput(issues: readonly Issue[]): PlinthError<'invalid_input'> {
  return new PlinthError('invalid_input', 'The request is not what this operation takes.', {
    status: 422,
    details: { issues },
  })
}

/** Valibot's own messages repeat the input, which may be a password. The team's own are kept. */
function toMessage({ message, received, expected, path }: v.BaseIssue<unknown>): string {
  const last = path?.at(-1)
  if (last?.origin === 'key' && message.startsWith('Invalid key: ')) {
    return expected === 'never' ? UNKNOWN_KEY : 'Missing'
  }
  for (const tail of [` but received ${received}`, `: Received ${received}`]) {
    if (message.endsWith(tail)) return message.slice(0, -tail.length)
  }
  return message
}
