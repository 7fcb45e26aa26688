import { isPlainObject } from './condition.ts'
import type { AnyTable } from './table.ts'

const MAX_DEPTH = 32

/**
 * Finds the names in a filter that are neither columns nor relations of the tables they are for, each
 * described with its path. Values and operators are not looked at.
 */
export function findUnknownNames(filter: unknown, table: AnyTable): string[] {
  const problems: string[] = []
  walk(filter, table, [])
  return problems

  function walk(value: unknown, at: AnyTable, path: readonly string[]): void {
    if (!isPlainObject(value)) {
      problems.push(`${path.join('.') || 'filter'}: expected a filter`)
    } else if (path.length > MAX_DEPTH) {
      problems.push(`${path.join('.')}: nested more than ${MAX_DEPTH} levels deep`)
    } else {
      for (const [name, inner] of Object.entries(value)) visit(name, inner, at, [...path, name])
    }
  }

  function visit(name: string, value: unknown, at: AnyTable, path: readonly string[]): void {
    if (Object.hasOwn(at.columns, name)) return
    const relation = Object.hasOwn(at.relations, name) ? at.relations[name] : undefined
    if (name === 'not') {
      walk(value, at, path)
    } else if (name === 'and' || name === 'or') {
      walkAll(value, at, path)
    } else if (relation) {
      related(relation.kind, value, relation.target(), path)
    } else {
      const known = [...Object.keys(at.columns), ...Object.keys(at.relations)].join(', ')
      problems.push(`${path.join('.')}: unknown column or relation; "${at.name}" has ${known}`)
    }
  }

  function walkAll(value: unknown, at: AnyTable, path: readonly string[]): void {
    if (!Array.isArray(value)) {
      problems.push(`${path.join('.')}: expected an array of filters`)
      return
    }
    for (const [i, item] of value.entries()) walk(item, at, [...path, String(i)])
  }

  function related(
    kind: 'one' | 'many',
    value: unknown,
    target: AnyTable,
    path: readonly string[],
  ): void {
    if (kind === 'one') {
      if (value !== null) walk(value, target, path)
    } else if (!isPlainObject(value)) {
      problems.push(`${path.join('.')}: expected some, every or none`)
    } else {
      for (const [word, inner] of Object.entries(value)) {
        const here = [...path, word]
        if (['some', 'every', 'none'].includes(word)) walk(inner, target, here)
        else problems.push(`${here.join('.')}: expected some, every or none`)
      }
    }
  }
}
