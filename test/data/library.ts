import {
  type Database,
  type Handle,
  id,
  many,
  type OpenOptions,
  one,
  type ReferencedTable,
  type Row,
  ref,
  schema,
  table,
} from 'plinth/data'
import * as v from 'valibot'
import { openFresh, shareFresh } from './fixture.ts'

const name = v.pipe(v.string(), v.maxLength(50))

const authorsTable = table('authors', {
  id: id(),
  name,
  country: v.nullable(name),
  mentor: ref((): ReferencedTable => authorsTable, { nullable: true }),
})
const booksTable = table(
  'books',
  {
    id: id(),
    author: ref(authorsTable),
    title: name,
    pages: v.nullable(v.pipe(v.number(), v.integer())),
  },
  { indexes: [['author', 'title']] },
)
const tagsTable = table('tags', { id: id(), label: name }, { unique: [['label']] })
const bookTagsTable = table('book_tags', { id: id(), book: ref(booksTable), tag: ref(tagsTable) })
const reviewsTable = table('reviews', {
  id: id(),
  book: ref(booksTable, { nullable: true }),
  reader: name,
  stars: v.pipe(v.number(), v.integer()),
  hidden: v.optional(v.boolean(), false),
})

/** Books with everything that is tied to them: everybody reads all, but for hidden reviews. */
export const library = schema(
  {
    authors: authorsTable,
    books: booksTable,
    tags: tagsTable,
    bookTags: bookTagsTable,
    reviews: reviewsTable,
  },
  {
    relations: {
      authors: {
        books: many('books', 'author'),
        teacher: one('authors', 'mentor'),
        pupils: many('authors', 'mentor'),
      },
      books: {
        writer: one('authors', 'author'),
        reviews: many('reviews', 'book'),
        tags: many('tags', { through: 'bookTags', from: 'book', to: 'tag' }),
      },
      tags: { books: many('books', { through: 'bookTags', from: 'tag', to: 'book' }) },
      reviews: { of: one('books', 'book') },
    },
    policies: {
      authors: { read: true },
      books: { read: true },
      tags: { read: true },
      bookTags: { read: true },
      reviews: { read: (actor) => ({ or: [{ hidden: false }, { reader: actor.id }] }) },
    },
  },
)

export type Book = Row<typeof library.books>

export interface OpenLibrary {
  readonly db: Database
  readonly book: (title: string) => Book
}

/** The library with three authors, four books, and what readers and librarians said of them. */
export async function openLibrary(options?: OpenOptions): Promise<OpenLibrary> {
  return fill(await openFresh(Object.values(library), options))
}

/** Makes what opens the library for a file's tests to share, as `shareFresh` does. */
export function shareLibrary(): () => Promise<OpenLibrary> {
  const openShared = shareFresh(Object.values(library))
  return async () => fill(await openShared())
}

async function fill(db: Database): Promise<OpenLibrary> {
  const { authors, books, tags, bookTags, reviews } = library
  const { system } = db
  const ada = await system.create(authors, { name: 'Ada', country: 'uk' })
  const bo = await system.create(authors, { name: 'Bo', country: null, mentor: ada.id })
  await system.create(authors, { name: 'Cy', country: 'uk', mentor: ada.id })
  const created = await system.createMany(books, [
    { author: ada.id, title: 'Engines', pages: 300 },
    { author: ada.id, title: 'Notes', pages: 20 },
    { author: bo.id, title: 'Birds', pages: null },
    { author: bo.id, title: 'Atlas', pages: 120 },
  ])
  const book = (title: string): Book => {
    const found = created.find((one) => one.title === title)
    if (!found) throw new Error(`There is no book ${title}.`)
    return found
  }
  const [maths, nature] = await system.createMany(tags, [{ label: 'maths' }, { label: 'nature' }])
  await system.createMany(bookTags, [
    { book: book('Engines').id, tag: maths?.id ?? '' },
    { book: book('Notes').id, tag: maths?.id ?? '' },
    { book: book('Birds').id, tag: nature?.id ?? '' },
    { book: book('Notes').id, tag: nature?.id ?? '' },
  ])
  await system.createMany(reviews, [
    { book: book('Engines').id, reader: 'ann', stars: 5 },
    { book: book('Engines').id, reader: 'bob', stars: 3 },
    { book: book('Birds').id, reader: 'bob', stars: 1, hidden: true },
    { book: null, reader: 'ann', stars: 2 },
  ])
  return { db, book }
}

/** The titles of the books that a filter finds, in order. */
export async function titles(
  handle: Handle,
  where: Parameters<typeof handle.count<typeof library.books>>[1],
): Promise<string[]> {
  const page = await handle.list(library.books, {
    ...(where && { where }),
    orderBy: { title: 'asc' },
  })
  return page.items.map(({ title }) => title)
}
