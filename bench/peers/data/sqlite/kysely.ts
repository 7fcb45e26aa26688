/**
 * The peer `kysely`: queries built anew for each call, as Kysely has it, and relations by the JSON
 * helpers of its recipes.
 *
 * `node kysely.ts FILE`
 */
import { type ColumnType, Kysely, SqliteDialect } from 'kysely'
import { jsonArrayFrom, jsonObjectFrom } from 'kysely/helpers/sqlite'
import { serveSide } from '../../../suites/data/serve.ts'
import { boardsIncluded, pageSize } from '../../../suites/data/side.ts'
import type { BoardRow, CommentRow, TaskRow, UserRow } from '../dataset.ts'
import { uuidv7 } from '../uuid.ts'
import { openFile } from './open.ts'
import { witnessOf } from './witness.ts'

const [file = ''] = process.argv.slice(2)

interface Tables {
  users: UserRow
  boards: BoardRow
  tasks: Omit<TaskRow, 'done'> & { done: ColumnType<number, number> }
  comments: CommentRow
}

const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database: openFile(file) }) })

/** Nine parameters a row, of 32,766 that SQLite takes. */
const rowsPerStatement = 3000

serveSide(
  {
    get: (actor, id) =>
      db
        .selectFrom('tasks')
        .selectAll()
        .where('id', '=', id)
        .where('owner', '=', actor.id)
        .executeTakeFirst(),
    policy: (actor, status) =>
      db
        .selectFrom('tasks')
        .selectAll()
        .where('owner', '=', actor.id)
        .where('status', '=', status)
        .orderBy('createdAt', 'desc')
        .orderBy('id', 'desc')
        .limit(pageSize)
        .execute(),
    list: (actor) =>
      db
        .selectFrom('tasks')
        .selectAll()
        .where('owner', '=', actor.id)
        .orderBy('createdAt', 'desc')
        .orderBy('id', 'desc')
        .limit(pageSize)
        .execute(),
    include: async (actor) => {
      const boards = await db
        .selectFrom('boards')
        .selectAll()
        .where('owner', '=', actor.id)
        .orderBy('createdAt')
        .orderBy('id')
        .limit(boardsIncluded)
        .select((eb) =>
          jsonArrayFrom(
            eb
              .selectFrom('tasks')
              .select([
                'id',
                'board',
                'owner',
                'title',
                'notes',
                'status',
                'position',
                'done',
                'createdAt',
              ])
              .whereRef('tasks.board', '=', 'boards.id')
              .orderBy('position')
              .orderBy('id')
              .select((eb) =>
                jsonArrayFrom(
                  eb
                    .selectFrom('comments')
                    .select(['id', 'task', 'author', 'body', 'createdAt'])
                    .whereRef('comments.task', '=', 'tasks.id')
                    .orderBy('createdAt')
                    .orderBy('id')
                    .select((eb) =>
                      jsonObjectFrom(
                        eb
                          .selectFrom('users')
                          .select(['id', 'email', 'name'])
                          .whereRef('users.id', '=', 'comments.author'),
                      ).as('by'),
                    ),
                ).as('comments'),
              ),
          ).as('tasks'),
        )
        .execute()
      // SQLite answers JSON as text at every level. By hand this is quicker than by the plugin, which
      // tries every text of every row.
      return boards.map((board) => ({ ...board, tasks: parsed(board.tasks).map(withComments) }))
    },
    createMany: (actor, rows) =>
      db.transaction().execute(async (tx) => {
        for (let from = 0; from < rows.length; from += rowsPerStatement) {
          const values = rows.slice(from, from + rowsPerStatement).map((row) => ({
            ...row,
            id: uuidv7(),
            owner: actor.id,
            done: row.done ? 1 : 0,
            createdAt: Date.now(),
          }))
          await tx.insertInto('tasks').values(values).execute()
        }
      }),
    stream: async (_actor, visit) => {
      for await (const row of db.selectFrom('comments').selectAll().stream()) visit(row)
    },
  },
  { witness: witnessOf(file) },
)

type Parsed = Record<string, unknown>

/** Typed as what it stands for, but text. */
function parsed(json: unknown): Parsed[] {
  return JSON.parse(json as string) as Parsed[]
}

function withComments(task: Parsed): Parsed {
  const comments = parsed(task['comments'])
  for (const comment of comments) comment['by'] = JSON.parse(comment['by'] as string)
  return { ...task, comments }
}
