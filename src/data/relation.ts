/** A relation to the one row that a column of this table refers to. */
export interface One<Target extends string = string, Column extends string = string> {
  readonly kind: 'one'
  readonly target: Target
  /** The column of this table that refers to the target. */
  readonly column: Column
}

/** A relation to all the rows whose column refers to this one. */
export interface Many<Target extends string = string, Column extends string = string> {
  readonly kind: 'many'
  readonly target: Target
  /** The column of the target that refers to this table. */
  readonly column: Column
}

/** The table between two others, each row of which says that two rows belong together. */
export interface Through<
  Name extends string = string,
  From extends string = string,
  To extends string = string,
> {
  readonly through: Name
  /** Its column that refers to this table. */
  readonly from: From
  /** Its column that refers to the target. */
  readonly to: To
}

/** A relation to all the rows that a table between says belong to this one. */
export interface ManyThrough<Target extends string = string, Between extends Through = Through> {
  readonly kind: 'many'
  readonly target: Target
  readonly between: Between
}

/** A relation as `one()` and `many()` declare it: tables are named as in `schema()`. */
export type DeclaredRelation = One | Many | ManyThrough

/** A relation resolved: the tables that it leads to, and the columns that lead there. */
export type Relation<Target> = RelationOne<Target> | RelationMany<Target> | RelationThrough<Target>

export interface RelationOne<Target> {
  readonly kind: 'one'
  readonly target: () => Target
  /** The column of this table that refers to the target. */
  readonly column: string
  readonly through: undefined
}

export interface RelationMany<Target> {
  readonly kind: 'many'
  readonly target: () => Target
  /** The column of the target that refers to this table. */
  readonly column: string
  readonly through: undefined
}

export interface RelationThrough<Target> {
  readonly kind: 'many'
  readonly target: () => Target
  readonly column: undefined
  readonly through: {
    readonly table: () => Target
    /** Its column that refers to this table. */
    readonly from: string
    /** Its column that refers to the target. */
    readonly to: string
  }
}

/**
 * Declares, for `schema()`, the one row of `target` that this table's `column` refers to. Included, it
 * is a row, or null where there is none or the actor may not read it.
 *
 * ```ts
 * import { id, one, ref, schema, table } from 'plinth/data'
 * import * as v from 'valibot'
 *
 * const authors = table('authors', { id: id(), name: v.string() })
 * const books = table('books', { id: id(), author: ref(authors) })
 * const library = schema(
 *   { authors, books },
 *   { relations: { books: { writer: one('authors', 'author') } } },
 * )
 * ```
 */
export function one<const Target extends string, const Column extends string>(
  target: Target,
  column: Column,
): One<Target, Column> {
  return { kind: 'one', target, column }
}

/**
 * Declares, for `schema()`, the rows of `target` that belong to a row of this table: those whose
 * `column` refers to it; or those that the rows of a table between refer to with `to`, while they
 * refer to this table with `from`. Included, it is an array.
 *
 * ```ts
 * import { id, many, ref, schema, table } from 'plinth/data'
 * import * as v from 'valibot'
 *
 * const books = table('books', { id: id(), title: v.string() })
 * const reviews = table('reviews', { id: id(), book: ref(books), text: v.string() })
 * const tags = table('tags', { id: id(), label: v.string() })
 * const bookTags = table('book_tags', { id: id(), book: ref(books), tag: ref(tags) })
 * const library = schema(
 *   { books, reviews, tags, bookTags },
 *   {
 *     relations: {
 *       books: {
 *         reviews: many('reviews', 'book'),
 *         tags: many('tags', { through: 'bookTags', from: 'book', to: 'tag' }),
 *       },
 *     },
 *   },
 * )
 * ```
 */
export function many<const Target extends string, const Column extends string>(
  target: Target,
  column: Column,
): Many<Target, Column>
export function many<const Target extends string, const Between extends Through>(
  target: Target,
  between: Between,
): ManyThrough<Target, Between>
export function many(target: string, by: string | Through): Many | ManyThrough {
  return typeof by === 'string'
    ? { kind: 'many', target, column: by }
    : { kind: 'many', target, between: by }
}
