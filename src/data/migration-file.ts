import { misuse } from '../kernel/index.ts'
import type { MigrationPlan } from './migrations.ts'

/** What a migration file says: for which database it is, and the statements to run in order. */
export interface MigrationScript {
  readonly database: string
  readonly statements: readonly ScriptStatement[]
}

export interface ScriptStatement {
  readonly sql: string
  /** The step that it belongs to, in words. */
  readonly summary: string
}

const TITLE = /^-- Plinth migration for (\w+)$/
const STEP = /^-- Step \d+: (.*)$/m

/**
 * Writes a plan as the text of a migration file: SQL, with its steps in words above them and whom
 * they block. It can be edited: a statement ends with a semicolon at the end of a line, before an
 * empty line.
 *
 * ```ts
 * import { open, toMigrationFile } from 'plinth/data'
 * import { sqlite } from 'plinth/data/sqlite'
 *
 * const db = await open(sqlite(':memory:', []))
 * console.log(toMigrationFile(await db.plan({ assumeRows: true })))
 * ```
 */
export function toMigrationFile({ database, steps }: MigrationPlan): string {
  const list = steps.flatMap(({ summary, blocks }, position) => [
    `-- ${position + 1}. ${summary}`,
    ...(blocks === undefined ? [] : [`--    ${blocks}`]),
  ])
  const parts = steps.map(
    ({ summary, sql }, position) =>
      `-- Step ${position + 1}: ${summary}\n${sql.map((statement) => `${statement};\n`).join('\n')}`,
  )
  return `-- Plinth migration for ${database}\n--\n${list.join('\n')}\n\n${parts.join('\n')}`
}

/** Reads a migration file; `name` is for the message when it is none. */
export function parseMigrationFile(name: string, text: string): MigrationScript {
  const lines = text.replace(/^\uFEFF/, '')
  const database = TITLE.exec(lines.slice(0, lines.indexOf('\n')).trimEnd())?.[1]
  if (database === undefined) {
    throw misuse(
      `migration ${name}`,
      'expected "-- Plinth migration for sqlite", or another database, as its first line',
    )
  }
  const statements: ScriptStatement[] = []
  let summary = name
  for (const part of split(lines, database)) {
    summary = STEP.exec(part)?.[1]?.trimEnd() ?? summary
    const sql = part.replace(/^(\s*--[^\n]*(\n|$))+/, '').trim()
    if (sql !== '') statements.push({ sql, summary })
  }
  return { database, statements }
}

/** Cuts at semicolons that end a line before an empty one, outside of quotes and comments. */
function split(text: string, database: string): string[] {
  const parts: string[] = []
  const tokens = tokensOf(database)
  let begin = 0
  for (const match of text.matchAll(tokens)) {
    if (match[0] !== ';' || !/^(?:[ \t]*\r?\n[ \t]*\r?\n|\s*$)/.test(text.slice(match.index + 1)))
      continue
    parts.push(text.slice(begin, match.index))
    begin = match.index + 1
  }
  parts.push(text.slice(begin))
  return parts
}

/** Whatever can hide a semicolon, and the semicolon. In no session does a backslash escape anything. */
function tokensOf(database: string): RegExp {
  const quoted = ["'", '"', '`'].map((mark) => `${mark}[^${mark}]*(?:${mark}|$)`)
  const comments = ['--[^\\n]*', '/\\*[^]*?(?:\\*/|$)']
  const dollars = database === 'postgresql' ? ['\\$(\\w*)\\$[^]*?(?:\\$\\1\\$|$)'] : []
  return new RegExp([...quoted, ...comments, ...dollars, ';'].join('|'), 'g')
}
