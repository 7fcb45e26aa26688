import type { Column } from './column.ts'
import type { Note } from './table-options.ts'

/** Checks the columns whose values the server computes: versions and generated ones. */
export function checkComputed(columns: Readonly<Record<string, Column>>, note: Note): void {
  const versions = Object.keys(columns).filter((name) => columns[name]?.fill === 'version')
  if (versions.length > 1) note(`expected one version at most, but found ${versions.join(', ')}`)
  for (const [name, { generated }] of Object.entries(columns)) {
    for (const source of generated?.from ?? []) {
      const problem = sourceProblem(columns, source)
      if (problem) note(`column "${name}": from: ${problem}`)
    }
  }
}

function sourceProblem(
  columns: Readonly<Record<string, Column>>,
  name: string,
): string | undefined {
  if (!Object.hasOwn(columns, name)) {
    return `unknown column "${name}"; columns are: ${Object.keys(columns).join(', ')}`
  }
  const fill = columns[name]?.fill
  // One that depends on another would depend on their order, and a version changes at every update.
  return fill === 'generated' || fill === 'version' ? `"${name}" is computed itself` : undefined
}
