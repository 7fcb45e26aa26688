import * as v from 'valibot'
import { type Issue, PlinthError } from './errors.ts'
import { markOf } from './marks.ts'
import { Secret } from './secret.ts'

/** The names of environment variables, each with the schema of its text. */
export type ConfigEntries = Readonly<Record<string, v.GenericSchema>>

/** Where variables are read from: `process.env`, a Worker's `env`, or an object in a test. */
export type Environment = Readonly<Record<string, unknown>>

/** The values that a set of entries gives. Those of entries marked `secret` are `Secret`s. */
export type Config<Entries extends ConfigEntries> = {
  readonly [K in keyof Entries]: IsSecret<Entries[K]> extends true
    ? Hidden<v.InferOutput<Entries[K]>>
    : v.InferOutput<Entries[K]>
}

type Hidden<T> = Secret<NonNullable<T>> | Extract<T, null | undefined>

/** Looks where `markOf` does: through wrappers such as `optional`, and along pipes. */
type IsSecret<Part> = Part extends { readonly metadata: { readonly 'plinth:mark': 'secret' } }
  ? true
  : Part extends { readonly pipe: infer Items extends readonly unknown[] }
    ? Some<{ readonly [K in keyof Items]: IsSecret<Items[K]> }>
    : Part extends { readonly wrapped: infer Wrapped }
      ? IsSecret<Wrapped>
      : false

type Some<Items extends readonly unknown[]> = true extends Items[number] ? true : false

/**
 * Reads configuration from environment variables, through one valibot schema each. An empty variable
 * counts as absent. All problems are reported at once, as `invalid_config`, with `details.issues`;
 * the values of secrets never are. What is marked with `secret()` comes as a `Secret`.
 *
 * ```ts
 * import * as v from 'valibot'
 * import { readConfig } from 'plinth/kernel'
 *
 * const port = v.pipe(v.string(), v.toNumber(), v.integer(), v.minValue(1), v.maxValue(65_535))
 * const { PORT } = readConfig({ PORT: v.optional(port, '3000') })
 * console.log(PORT + 1)
 * ```
 */
export function readConfig<const Entries extends ConfigEntries>(
  entries: Entries,
  environment: Environment = processEnvironment(),
): Config<Entries> {
  const values: Record<string, unknown> = {}
  const issues: Issue[] = []
  for (const [name, schema] of Object.entries(entries)) {
    const raw = environment[name] === '' ? undefined : environment[name]
    const result = v.safeParse(schema, raw)
    const hidden = markOf(schema) === 'secret'
    if (result.success) values[name] = hidden ? hide(result.output) : result.output
    else issues.push(...result.issues.map((issue) => explain(name, raw, issue, hidden)))
  }
  if (issues.length > 0) throw invalidConfig(issues)
  // Every entry was parsed by its own schema above.
  return values as Config<Entries>
}

function hide(value: unknown): unknown {
  return value === null || value === undefined ? value : new Secret(value)
}

function explain(name: string, raw: unknown, issue: v.BaseIssue<unknown>, hidden: boolean): Issue {
  if (raw === undefined) return { path: name, message: 'is not set' }
  const expected = issue.expected ? `expected ${issue.expected}` : 'is not valid'
  if (hidden) return { path: name, message: `${expected} (value hidden)` }
  return { path: name, message: `${expected}, received ${JSON.stringify(raw)}` }
}

function invalidConfig(issues: readonly Issue[]): PlinthError<'invalid_config'> {
  const lines = issues.map(({ path, message }) => `  ${path}: ${message}`)
  return new PlinthError('invalid_config', `environment variables:\n${lines.join('\n')}`, {
    details: { issues },
  })
}

/** Tests whether this runs on a developer's own machine: whether `NODE_ENV` is `development`. */
export function isDevelopment(): boolean {
  try {
    return processEnvironment()['NODE_ENV'] === 'development'
  } catch {
    // Deno, where the program may not read it.
    return false
  }
}

function processEnvironment(): Environment {
  return (globalThis as { process?: { env?: Environment } }).process?.env ?? {}
}
