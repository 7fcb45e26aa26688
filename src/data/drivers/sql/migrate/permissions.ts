import { misuse } from '../../../../kernel/index.ts'

/** What was allowed by name: `drop:notes`, `drop:notes.body`, `alter:notes.rank`. */
export class Permissions {
  readonly #given: ReadonlySet<string>

  constructor(allow: readonly string[]) {
    for (const name of allow) {
      if (typeof name === 'string' && /^(drop:\w+(\.\w+)?|alter:\w+\.\w+)$/.test(name)) continue
      throw misuse(
        `allow ${JSON.stringify(name)}`,
        'expected drop:table, drop:table.column or alter:table.column',
      )
    }
    this.#given = new Set(allow)
  }

  drops(table: string, column?: string): boolean {
    return this.#given.has(column === undefined ? `drop:${table}` : `drop:${table}.${column}`)
  }

  alters(table: string, column: string): boolean {
    return this.#given.has(`alter:${table}.${column}`)
  }

  /** The tables that may be dropped. */
  get tables(): readonly string[] {
    return [...this.#given].filter((name) => /^drop:\w+$/.test(name)).map((name) => name.slice(5))
  }
}
