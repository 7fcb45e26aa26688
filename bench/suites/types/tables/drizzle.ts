import type { Sources } from '../compile.ts'
import {
  checksOf,
  columnsOf,
  ELDER,
  hasChildren,
  hasElder,
  hasParent,
  hasYounger,
  type Kind,
  lines,
  tables,
} from './tables.ts'

const columns: Record<Kind, string> = {
  text: 'text().notNull()',
  optional: 'text()',
  choice: "text({ enum: ['draft', 'open', 'done'] }).notNull()",
  integer: 'integer().notNull()',
  real: 'real().notNull()',
  flag: "integer({ mode: 'boolean' }).notNull().default(false)",
  time: "integer({ mode: 'timestamp_ms' })",
  list: "text({ mode: 'json' }).$type<string[]>().notNull()",
}

export function drizzle(): Sources {
  return { 'tables.ts': declarations(), 'queries.ts': queries() }
}

function declarations(): string {
  const declared = tables.map((i) =>
    lines(
      `export const t${i} = sqliteTable('t${i}', {`,
      '  id: text().primaryKey().$defaultFn(() => crypto.randomUUID()),',
      hasParent(i) && `  parent: text().notNull().references(() => t${i - 1}.id),`,
      hasElder(i) && `  elder: text().references(() => t${i - ELDER}.id),`,
      ...columnsOf(i).map(({ name, kind }) => `  ${name}: ${columns[kind]},`),
      '})',
    ),
  )
  const relations = tables.map((i) =>
    lines(
      `export const r${i} = relations(t${i}, ({ one, many }) => ({`,
      hasParent(i) && `  parentRow: ${one(i, i - 1, 'parent')},`,
      hasElder(i) && `  elderRow: ${one(i, i - ELDER, 'elder')},`,
      hasChildren(i) && `  children: many(t${i + 1}, { relationName: 'parent${i + 1}' }),`,
      hasYounger(i) && `  younger: many(t${i + ELDER}, { relationName: 'elder${i + ELDER}' }),`,
      '}))',
    ),
  )
  return lines(
    "import { relations } from 'drizzle-orm'",
    "import { integer, real, sqliteTable, text } from 'drizzle-orm/sqlite-core'",
    ...declared,
    ...relations,
  )
}

function one(from: number, to: number, column: string): string {
  const keys = `fields: [t${from}.${column}], references: [t${to}.id]`
  return `one(t${to}, { ${keys}, relationName: '${column}${from}' })`
}

function queries(): string {
  const functions = tables.map((i) => {
    const deeper = hasChildren(i + 1) ? ', with: { children: true }' : ''
    const include = hasChildren(i)
      ? `children: { columns: { text1: true }, limit: 5${deeper} }`
      : 'parentRow: { columns: { text1: true } }'
    return `export async function use${i}(db: Db, values: typeof schema.t${i}.$inferInsert) {
  const [created] = await db.insert(schema.t${i}).values(values).returning()
  const items = await db.query.t${i}.findMany({
    where: (t, { and, or, like, gt, eq, isNull }) =>
      and(like(t.text0, 'a%'), gt(t.integer0, 1), or(eq(t.flag0, true), isNull(t.time0))),
    orderBy: (t, { asc, desc }) => [desc(t.time0), asc(t.text0)],
    limit: 10,
    columns: { id: true, text0: true, integer0: true },
    with: { ${include} },
  })
  const item = items[0]!
${checksOf(i)}
  return [created!.text1, item.id, text]
}`
  })
  return lines(
    "import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3'",
    "import * as schema from './tables.ts'",
    'type Db = BetterSQLite3Database<typeof schema>',
    ...functions,
  )
}
