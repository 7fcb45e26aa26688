import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { misuse } from '../../../kernel/index.ts'

/** What this process has open; its own number in a file may be left from an earlier one. */
const own = new Set<string>()

/**
 * Keeps a folder for one opening at a time: PGlite itself lets any number write, and they destroy it.
 * Answers with what lets the folder go.
 */
export function lockFolder(place: string, folder: string): () => void {
  const file = `${resolve(folder)}.lock`
  if (!take(file) && !(takeOver(file) && take(file))) {
    const holder = own.has(file) ? 'this process' : `process ${holderOf(file)}`
    throw misuse(place, `is open in ${holder}; if that is not so, remove ${file}`)
  }
  own.add(file)
  return () => {
    if (own.delete(file)) rmSync(file, { force: true })
  }
}

function take(file: string): boolean {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as { code?: unknown }).code === 'EEXIST') return false
    throw error
  }
}

/** Moves the lock of a process that is gone out of the way; of several who try, one succeeds. */
function takeOver(file: string): boolean {
  const holder = holderOf(file)
  if (own.has(file) || isRunning(holder)) return false
  const aside = `${file}.${process.pid}`
  try {
    renameSync(file, aside)
    if (holderOf(aside) !== holder) {
      renameSync(aside, file)
      return false
    }
    rmSync(aside)
  } catch {
    // Another was faster: whoever makes the new one first has it.
  }
  return true
}

function holderOf(file: string): number {
  try {
    return Number(readFileSync(file, 'utf8'))
  } catch {
    return Number.NaN
  }
}

function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // It runs, and belongs to somebody else.
    return (error as { code?: unknown }).code === 'EPERM'
  }
}
