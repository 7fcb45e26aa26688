import { relations } from 'drizzle-orm'
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

const instant = (name: string) => integer(name, { mode: 'timestamp_ms' }).notNull()

export const users = sqliteTable('users', {
  id: text('id').primaryKey(),
  email: text('email').notNull().unique(),
  name: text('name').notNull(),
})

export const boards = sqliteTable('boards', {
  id: text('id').primaryKey(),
  owner: text('owner')
    .notNull()
    .references(() => users.id),
  title: text('title').notNull(),
  createdAt: instant('createdAt'),
})

export const tasks = sqliteTable('tasks', {
  id: text('id').primaryKey(),
  board: text('board')
    .notNull()
    .references(() => boards.id),
  owner: text('owner')
    .notNull()
    .references(() => users.id),
  title: text('title').notNull(),
  notes: text('notes'),
  status: text('status').notNull(),
  position: integer('position').notNull(),
  done: integer('done', { mode: 'boolean' }).notNull(),
  createdAt: instant('createdAt'),
})

export const comments = sqliteTable('comments', {
  id: text('id').primaryKey(),
  task: text('task')
    .notNull()
    .references(() => tasks.id),
  author: text('author')
    .notNull()
    .references(() => users.id),
  body: text('body').notNull(),
  createdAt: instant('createdAt'),
})

export const boardRelations = relations(boards, ({ many }) => ({ tasks: many(tasks) }))
export const taskRelations = relations(tasks, ({ one, many }) => ({
  in: one(boards, { fields: [tasks.board], references: [boards.id] }),
  comments: many(comments),
}))
export const commentRelations = relations(comments, ({ one }) => ({
  on: one(tasks, { fields: [comments.task], references: [tasks.id] }),
  by: one(users, { fields: [comments.author], references: [users.id] }),
}))
