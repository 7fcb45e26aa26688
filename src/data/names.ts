export const TABLE_NAME: RegExp = /^[a-z][a-z0-9_]{0,62}$/
export const COLUMN_NAME: RegExp = /^[A-Za-z][A-Za-z0-9_]{0,62}$/

/** The words of filters; and names that every object has, which a missing column must not find. */
export const RESERVED: ReadonlySet<string> = new Set([
  'and',
  'or',
  'not',
  ...Object.getOwnPropertyNames(Object.prototype),
])
