/**
 * The peer `prisma`: Prisma 7 with its query compiler and its adapter for better-sqlite3.
 *
 * `node prisma.ts FILE`
 */
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3'
import { PrismaClient } from '../../../.build/prisma/client.ts'
import { serveSide } from '../../../suites/data/serve.ts'
import { boardsIncluded, pageSize, streamBatch } from '../../../suites/data/side.ts'
import { uuidv7 } from '../uuid.ts'
import { pragmas } from './open.ts'
import { witnessOf } from './witness.ts'

const [file = ''] = process.argv.slice(2)
const adapter = new PrismaBetterSqlite3({ url: file }, { timestampFormat: 'unixepoch-ms' })
const db = new PrismaClient({ adapter })
// The adapter holds one connection, so that its settings last.
for (const pragma of pragmas) await db.$queryRawUnsafe(`PRAGMA ${pragma}`)

serveSide(
  {
    get: (actor, id) => db.task.findUnique({ where: { id, owner: actor.id } }),
    policy: (actor, status) =>
      db.task.findMany({
        where: { owner: actor.id, status },
        orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
        take: pageSize,
      }),
    list: (actor) =>
      db.task.findMany({
        where: { owner: actor.id },
        orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
        take: pageSize,
      }),
    include: (actor) =>
      db.board.findMany({
        where: { owner: actor.id },
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
      db.task.createMany({
        data: rows.map((row) => ({
          ...row,
          id: uuidv7(),
          owner: actor.id,
          createdAt: new Date(),
        })),
      }),
    stream: async (_actor, visit) => {
      let after = ''
      for (;;) {
        const page = await db.comment.findMany({
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
