/** What both sides declare and ask: a hundred tables of twenty columns, each related to others. */

export const TABLES = 100
const COLUMNS = 20
/** Each table refers to the one before it, and to the one so many before. */
export const ELDER = 10

export const kinds = [
  'text',
  'optional',
  'choice',
  'integer',
  'real',
  'flag',
  'time',
  'list',
] as const
export type Kind = (typeof kinds)[number]

export const tables: readonly number[] = Array.from({ length: TABLES }, (_, i) => i)

export const hasParent = (table: number): boolean => table > 0
export const hasElder = (table: number): boolean => table >= ELDER
export const hasChildren = (table: number): boolean => table < TABLES - 1
export const hasYounger = (table: number): boolean => table < TABLES - ELDER

/** The columns beside the key and the references: as many as make twenty. */
export function columnsOf(table: number): { name: string; kind: Kind }[] {
  const references = Number(hasParent(table)) + Number(hasElder(table))
  return Array.from({ length: COLUMNS - 1 - references }, (_, i) => {
    const kind = kinds[i % kinds.length] ?? 'text'
    return { name: `${kind}${Math.floor(i / kinds.length)}`, kind }
  })
}

/** Lines of source, without those that do not apply. */
export function lines(...parts: readonly (string | false)[]): string {
  return parts.filter((part) => part !== false).join('\n')
}

/**
 * What must be known about a row that was read, and what must not: a side that infers `any`, or more
 * than was asked for, does not compile.
 */
export function checksOf(table: number): string {
  const related = hasChildren(table) ? 'item.children[0]' : 'item.parentRow'
  return `  const text: string | undefined = ${related}?.text1
  // @ts-expect-error the column was not asked for
  void item.text1
  // @ts-expect-error the column was not asked for
  void ${related}?.text0
  // @ts-expect-error it is a number
  const wrong: string = item.integer0
  void wrong`
}
