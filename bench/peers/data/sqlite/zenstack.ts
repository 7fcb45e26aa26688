/**
 * The peer `zenstack`: ZenStack 3 with its access policies, one client for each actor as its
 * documentation has it.
 *
 * `node zenstack.ts FILE`
 */
import { ZenStackClient } from '@zenstackhq/orm'
import { SqliteDialect } from '@zenstackhq/orm/dialects/sqlite'
import { PolicyPlugin } from '@zenstackhq/plugin-policy'
import { serveSide } from '../../../suites/data/serve.ts'
import { type Actor, boardsIncluded, pageSize, streamBatch } from '../../../suites/data/side.ts'
import { uuidv7 } from '../uuid.ts'
import { openFile } from './open.ts'
import { witnessOf } from './witness.ts'
import { schema } from './zenstack/schema.ts'

const [file = ''] = process.argv.slice(2)
const db = new ZenStackClient(schema, {
  dialect: new SqliteDialect({ database: openFile(file) }),
}).$use(new PolicyPlugin())

/** Nine parameters a row, of 32,766 that SQLite takes. */
const rowsPerStatement = 3000

const as = (actor: Actor) => db.$setAuth({ id: actor.id })

serveSide(
  {
    get: (actor, id) => as(actor).task.findUnique({ where: { id } }),
    policy: (actor, status) =>
      as(actor).task.findMany({
        where: { status },
        orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
        take: pageSize,
      }),
    list: (actor) =>
      as(actor).task.findMany({
        orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
        take: pageSize,
      }),
    include: (actor) =>
      as(actor).board.findMany({
        orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
        take: boardsIncluded,
        include: {
          tasks: {
            orderBy: [{ position: 'asc' }, { id: 'asc' }],
            include: {
              comments: { orderBy: [{ createdAt: 'asc' }, { id: 'asc' }], include: { by: true } },
            },
          },
        },
      }),
    createMany: (actor, rows) =>
      as(actor).$transaction(async (tx) => {
        for (let from = 0; from < rows.length; from += rowsPerStatement) {
          const data = rows.slice(from, from + rowsPerStatement).map((row) => ({
            ...row,
            id: uuidv7(),
            owner: actor.id,
            createdAt: Date.now(),
          }))
          await tx.task.createMany({ data })
        }
      }),
    stream: async (actor, visit) => {
      const client = as(actor)
      let after = ''
      for (;;) {
        const page = await client.comment.findMany({
          where: { id: { gt: after } },
          orderBy: { id: 'asc' },
          take: streamBatch,
        })
        for (const row of page) visit(row)
        if (page.length < streamBatch) return
        after = page.at(-1)?.id ?? ''
      }
    },
  },
  { witness: witnessOf(file) },
)
