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
  text: 'v.string()',
  optional: 'v.nullable(v.string())',
  choice: "v.picklist(['draft', 'open', 'done'])",
  integer: 'v.pipe(v.number(), v.integer())',
  real: 'v.number()',
  flag: 'v.optional(v.boolean(), false)',
  time: 'timestamp({ nullable: true })',
  list: 'v.array(v.string())',
}

export function ours(): Sources {
  return { 'tables.ts': declarations(), 'queries.ts': queries() }
}

function declarations(): string {
  const declared = tables.map((i) =>
    lines(
      `const t${i} = table('t${i}', {`,
      '  id: id(),',
      hasParent(i) && `  parent: ref(t${i - 1}),`,
      hasElder(i) && `  elder: ref(t${i - ELDER}, { nullable: true }),`,
      ...columnsOf(i).map(({ name, kind }) => `  ${name}: ${columns[kind]},`),
      '}, { policy: { all: (actor) => ({ text0: actor.id }) } })',
    ),
  )
  const relations = tables.map((i) =>
    lines(
      `    t${i}: {`,
      hasParent(i) && `      parentRow: one('t${i - 1}', 'parent'),`,
      hasElder(i) && `      elderRow: one('t${i - ELDER}', 'elder'),`,
      hasChildren(i) && `      children: many('t${i + 1}', 'parent'),`,
      hasYounger(i) && `      younger: many('t${i + ELDER}', 'elder'),`,
      '    },',
    ),
  )
  return lines(
    "import { id, many, one, ref, schema, table, timestamp } from 'plinth/data'",
    "import * as v from 'valibot'",
    ...declared,
    `export const db = schema({ ${tables.map((i) => `t${i}`).join(', ')} }, {`,
    '  relations: {',
    ...relations,
    '  },',
    '})',
  )
}

function queries(): string {
  const functions = tables.map((i) => {
    const deeper = hasChildren(i + 1) ? ', include: { children: true }' : ''
    const include = hasChildren(i)
      ? `children: { select: ['text1'], limit: 5${deeper} }`
      : "parentRow: { select: ['text1'] }"
    return `export async function use${i}(handle: Handle, values: Insert<typeof db.t${i}>) {
  const created = await handle.create(db.t${i}, values)
  const { items } = await handle.list(db.t${i}, {
    where: {
      text0: { startsWith: 'a' },
      integer0: { gt: 1 },
      or: [{ flag0: true }, { time0: null }],
    },
    orderBy: { time0: 'desc', text0: 'asc' },
    limit: 10,
    select: ['id', 'text0', 'integer0'],
    include: { ${include} },
  })
  const item = items[0]!
${checksOf(i)}
  return [created.text1, item.id, text]
}`
  })
  return lines(
    "import type { Handle, Insert } from 'plinth/data'",
    "import { db } from './tables.ts'",
    ...functions,
  )
}
