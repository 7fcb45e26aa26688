import * as v from 'valibot'
import type { Issue } from '../kernel/index.ts'
import { addIssue, areEnough, UNKNOWN_KEY } from './issues.ts'

/**
 * Reads a value by a schema that is strict already and adds what is wrong to `issues`: everything,
 * or the first thing alone. To collect the issues of a large input takes thirty times as long as to
 * read a valid one, which is more than a stranger should be able to ask for.
 */
export function collectIssues(
  schema: v.GenericSchema,
  value: unknown,
  { path, issues, firstOnly = false }: { path: string; issues: Issue[]; firstOnly?: boolean },
): unknown {
  const result = v.safeParse(schema, value, firstOnly ? FIRST : ALL)
  for (const issue of result.issues ?? []) {
    if (areEnough(issues)) break
    const below = v.getDotPath(issue)
    const whole = below === null ? path : path === '' ? below : `${path}.${below}`
    addIssue(issues, whole, toMessage(issue))
  }
  return result.output
}

const ALL = { abortEarly: false, abortPipeEarly: false } as const
const FIRST = { abortEarly: true, abortPipeEarly: true } as const

/** Valibot's own messages repeat the input, which may be a password. The team's own are kept. */
function toMessage({ message, received, expected, path }: v.BaseIssue<unknown>): string {
  const last = path?.at(-1)
  if (last?.origin === 'key' && message.startsWith('Invalid key: ')) {
    return expected === 'never' ? UNKNOWN_KEY : 'Missing'
  }
  if (expected === '!0' && message.startsWith('Invalid length')) return 'Must not be empty'
  for (const tail of [` but received ${received}`, `: Received ${received}`]) {
    if (message.endsWith(tail)) return message.slice(0, -tail.length)
  }
  return message
}
