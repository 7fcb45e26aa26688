import type { Actor } from '../kernel/index.ts'
import { isPlainObject } from './condition.ts'
import { findUnknownNames } from './filter-names.ts'
import type { Policy, Rule } from './policy.ts'
import { probe } from './probe.ts'
import type { SchemaTables } from './schema-options.ts'
import type { AnyTable } from './table.ts'
import { checkKeys, type Note, OPERATIONS } from './table-options.ts'

type AnyRule = Rule<unknown>

/** The policy of a table: its own, or the schema's. */
export function mergePolicy(
  name: string,
  { policy }: AnyTable,
  given: unknown,
  note: Note,
): Policy<unknown> {
  if (given === undefined) return policy
  const place = `policies.${name}`
  checkKeys(place, given, OPERATIONS, note)
  if (Object.keys(policy).length > 0) note(`${place}: its table() has a policy already`)
  return Object.freeze({ ...(given as Policy<unknown>) })
}

/** The rule besides all others of each table that has one, by the table's name in the schema. */
export function restrictionsOf(
  tables: SchemaTables,
  restrict: unknown,
  note: Note,
): ReadonlyMap<string, AnyRule> {
  if (restrict === undefined) return new Map()
  const all = Object.keys(tables)
  if (typeof restrict === 'function') return new Map(all.map((name) => [name, restrict as AnyRule]))
  if (!isPlainObject(restrict) || restrict['rule'] === undefined) {
    note('restrict: expected a function, or { rule, tables }')
    return new Map()
  }
  checkKeys('restrict', restrict, ['rule', 'tables'], note)
  const { rule, tables: named = all } = restrict
  if (!Array.isArray(named)) note('restrict.tables: expected an array of names')
  const names: unknown[] = Array.isArray(named) ? named : []
  for (const name of names) {
    if (!all.includes(name as string)) {
      note(`restrict.tables: unknown table "${String(name)}"; tables are: ${all.join(', ')}`)
    }
  }
  return new Map(names.map((name) => [name as string, rule as AnyRule]))
}

/**
 * Checks the rules that a schema brings. The answers of policies' functions are checked when a database
 * is opened; that of a restriction here, since it has to fit tables that were declared without it.
 */
export function checkRules(linked: Readonly<Record<string, AnyTable>>, note: Note): void {
  for (const [name, table] of Object.entries(linked)) {
    for (const [operation, rule] of Object.entries(table.policy)) {
      checkRule(`policies.${name}.${operation}`, rule, table, note)
    }
    const { restrict } = table
    if (typeof restrict === 'function') {
      checkAnswer(
        `restrict, for ${name}`,
        probe(restrict as (actor: Actor) => unknown),
        table,
        note,
      )
    } else if (restrict !== undefined) {
      checkRule(`restrict, for ${name}`, restrict, table, note)
    }
  }
}

function checkRule(place: string, rule: unknown, table: AnyTable, note: Note): void {
  if (typeof rule !== 'function') checkAnswer(place, rule, table, note)
}

function checkAnswer(place: string, answer: unknown, table: AnyTable, note: Note): void {
  if (typeof answer === 'boolean') return
  if (!isPlainObject(answer)) note(`${place}: expected a filter, a boolean or a function`)
  else for (const problem of findUnknownNames(answer, table)) note(`${place}: ${problem}`)
}
