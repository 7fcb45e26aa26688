import { relative, resolve } from 'node:path'
import { type Database, type MigrationPlan, toMigrationFile } from '../data/index.ts'
import type { Arguments, Command } from './arguments.ts'
import { readFolder, writeNext } from './folder.ts'
import { EXIT, type Terminal } from './terminal.ts'

interface Place {
  readonly database: Database
  readonly terminal: Terminal
}

type Run = (asked: Arguments, place: Place) => Promise<number>

export const commands: Readonly<Record<Command, Run>> = { plan, apply, status }

async function plan(asked: Arguments, { database, terminal }: Place): Promise<number> {
  const { out, err } = terminal
  const folder = resolve(terminal.folder, asked.folder)
  const files = readFolder(folder)
  const { pending } = await database.migrationStatus(files)
  if (pending.length > 0 && !asked.fromEmpty) {
    err(`Not applied yet: ${pending.join(', ')}. Apply first what is there: plinth migrate apply`)
    return EXIT.failed
  }
  const { allow, rename, fromEmpty } = asked
  const found = await database.plan({ allow, rename, fromEmpty, assumeRows: true })
  if (found.refused.length > 0) {
    err(`Nothing was written:${list(found.refused)}`)
    return EXIT.failed
  }
  if (found.steps.length === 0) {
    out('Nothing to do: the database is what the tables in code say.')
  } else {
    const name = asked.name ?? slug(found)
    const file = writeNext(folder, { name, text: toMigrationFile(found) }, files)
    out(`${relative(terminal.folder, resolve(folder, file))}\n`)
    out(found.steps.map(describe).join('\n'))
    out('\nRead it, commit it, and run it with: plinth migrate apply')
  }
  if (found.notes.length > 0) out(`\nKept:${list(found.notes)}`)
  return EXIT.done
}

function describe({ summary, blocks }: MigrationPlan['steps'][number], position: number): string {
  return `${position + 1}. ${summary}${blocks === undefined ? '' : `\n   ${blocks}`}`
}

function slug({ steps }: MigrationPlan): string {
  const words = steps[0]?.summary.toLowerCase().match(/[a-z0-9]+/g) ?? []
  return words.slice(0, 4).join('-')
}

async function apply(asked: Arguments, { database, terminal }: Place): Promise<number> {
  const files = readFolder(resolve(terminal.folder, asked.folder))
  const { baseline } = asked
  const applied = await database.applyMigrations(files, baseline === undefined ? {} : { baseline })
  for (const name of applied) terminal.out(`Applied ${name}`)
  if (applied.length === 0) terminal.out('Nothing to do: all files were applied before.')
  return EXIT.done
}

async function status(asked: Arguments, { database, terminal }: Place): Promise<number> {
  const { out } = terminal
  const found = await database.migrationStatus(readFolder(resolve(terminal.folder, asked.folder)))
  const { applied, pending, failed, missing, changed, differences, notes } = found
  for (const { name, at } of applied) out(`applied  ${name}  ${at.toISOString()}`)
  for (const name of pending) {
    const half =
      failed?.name === name
        ? `  failed at statement ${failed.statement} of ${failed.statements}`
        : ''
    out(`pending  ${name}${half}`)
  }
  for (const name of missing) out(`missing  ${name}  was applied, but is not in the folder`)
  for (const name of changed) out(`changed  ${name}  is not what was applied`)
  if (pending.length === 0 && differences.length > 0) {
    out(`\nThe database differs from the tables in code:${list(differences)}`)
  }
  if (notes.length > 0) out(`\nKept:${list(notes)}`)
  const clean = [pending, missing, changed, differences].every(({ length }) => length === 0)
  if (clean) out('The database is what the files and the tables in code say.')
  return clean ? EXIT.done : EXIT.pending
}

function list(lines: readonly string[]): string {
  return lines.map((line) => `\n- ${line}`).join('')
}
