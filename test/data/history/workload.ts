import * as v from 'valibot'
import { type Database, type Handle, type Isolation, id, table } from '../../../src/data/index.ts'
import { PlinthError } from '../../../src/kernel/index.ts'
import type { Step, Transaction } from './history.ts'

// Imported by a process of its own as well, which knows no names of packages: hence the paths.

/** Each row is a list of numbers, read and written as a whole. */
export const lists = table('lists', { id: id(), numbers: v.array(v.number()) })

const LISTS = 12

export function listId(n: number): string {
  return `01890000-0000-7000-8000-${String(n).padStart(12, '0')}`
}

export async function makeLists(db: Database): Promise<void> {
  const rows = Array.from({ length: LISTS }, (_, n) => ({ id: listId(n), numbers: [] }))
  await db.system.createMany(lists, rows)
}

export async function finalLists(db: Database): Promise<ReadonlyMap<string, readonly number[]>> {
  const { items } = await db.system.list(lists, { limit: 1000 })
  return new Map(items.map((list) => [list.id, list.numbers]))
}

export interface WorkOptions {
  /** Values begin with it, so that no two writers append the same. */
  readonly writer: number
  readonly count: number
  readonly isolation?: Isolation | undefined
  /** Whether lists are taken in one order by all, so that hardly any two wait for each other. */
  readonly ordered: boolean
}

/** A transaction as it went, and what its caller was told when it failed. */
export interface Told extends Transaction {
  readonly error?: string | undefined
}

/** Runs transactions one after the other that read and append to a few lists each. */
export async function* work(db: Database, options: WorkOptions): AsyncGenerator<Told, void> {
  let value = options.writer * 1_000_000
  for (let count = 0; count < options.count; count += 1) {
    const plan = planOf(options.ordered)
    let steps: Step[] = []
    const began = now()
    const transaction = { isolation: options.isolation, timeout: 60_000 }
    const error = await db.system
      .transaction(async (tx) => {
        steps = []
        for (const { list, kind } of plan) {
          // A value of its own for each attempt: what a failed one wrote must not pass for the last's.
          if (kind !== 'read') value += 1
          await take(tx, { list, kind, value, steps })
        }
        if (plan.some(({ kind }) => kind === 'give up')) throw onPurpose
      }, withoutUndefined(transaction))
      .then(
        () => undefined,
        (reason: unknown) => reason,
      )
    yield {
      name: `${options.writer}-${count}`,
      outcome: outcomeOf(error),
      steps,
      began,
      ended: now(),
      error: error === undefined || error === onPurpose ? undefined : String(error),
    }
  }
}

type Kind = 'read' | 'append' | 'undone' | 'give up'

const onPurpose = new Error('taken back')

function planOf(ordered: boolean): { readonly list: string; readonly kind: Kind }[] {
  const length = 1 + Math.floor(Math.random() * 4)
  const plan = Array.from({ length }, () => {
    const dice = Math.random()
    const kind: Kind =
      dice < 0.5 ? 'read' : dice < 0.94 ? 'append' : dice < 0.97 ? 'undone' : 'give up'
    return { kind, list: listId(Math.floor(Math.random() * LISTS)) }
  })
  return ordered ? plan.sort((a, b) => a.list.localeCompare(b.list)) : plan
}

async function take(
  tx: Handle,
  { list, kind, value, steps }: { list: string; kind: Kind; value: number; steps: Step[] },
): Promise<void> {
  const read = await numbersIn(tx, list)
  steps.push({ list, read })
  if (kind === 'read') return
  if (kind !== 'undone') {
    await tx.update(lists, list, { numbers: [...read, value] })
    steps.push({ list, append: value })
    return
  }
  const nested = tx.transaction(async (inner) => {
    await inner.update(lists, list, { numbers: [...read, value] })
    throw onPurpose
  })
  await nested.catch((error: unknown) => {
    if (error !== onPurpose) throw error
  })
}

async function numbersIn(tx: Handle, list: string): Promise<number[]> {
  return (await tx.get(lists, list))?.numbers ?? []
}

function outcomeOf(error: unknown): Transaction['outcome'] {
  if (error === undefined) return 'committed'
  const details = error instanceof PlinthError ? error.details : undefined
  return details?.['committed'] === 'unknown' ? 'unknown' : 'aborted'
}

/** Milliseconds of the clock that all processes of a machine share. */
function now(): number {
  return Number(process.hrtime.bigint()) / 1e6
}

function withoutUndefined<T extends object>(
  options: T,
): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined)
  // Only what was undefined is missing, which is what the type says of optional members.
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> }
}
