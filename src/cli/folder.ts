import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { MigrationFile } from '../data/index.ts'

/** The migration files of a folder, in the order of their names; none where there is no folder. */
export function readFolder(folder: string): MigrationFile[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') }))
}

/** Writes the next file, `0001_name.sql`; returns what it is called. */
export function writeNext(
  folder: string,
  { name, text }: MigrationFile,
  files: readonly MigrationFile[],
): string {
  const numbers = files.map((file) => Number.parseInt(file.name, 10)).filter(Number.isFinite)
  const number = String(Math.max(0, ...numbers) + 1).padStart(4, '0')
  const file = `${number}_${name}.sql`
  mkdirSync(folder, { recursive: true })
  // Never over a file that somebody else has just made.
  writeFileSync(join(folder, file), text, { flag: 'wx' })
  return file
}
