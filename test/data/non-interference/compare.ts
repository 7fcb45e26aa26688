import { type AnyTable, type Database, type DataSource, open } from 'plinth/data'
import { createSignals, type Signals } from 'plinth/kernel'
import { actor } from '../fixture.ts'
import { ann, type Row, type Rows } from './rows.ts'
import { type Step, take } from './steps.ts'
import { tableNames, world } from './world.ts'

/** A database of the world, and what it is asked to do on behalf of somebody. */
export interface Stage {
  readonly db: Database
  readonly signals: Signals
}

/** Opens a stage; the clock stands still. */
export async function openStage(source: DataSource): Promise<Stage> {
  const signals = createSignals()
  const db = await open(source, { signals, clock: { now: () => 1000 } })
  await db.migrate()
  return { db, signals }
}

export const tables: readonly AnyTable[] = Object.values(world) as AnyTable[]

export async function fill({ db }: Stage, rows: Rows): Promise<void> {
  await db.system.transaction(async (tx) => {
    for (const name of [...tableNames].reverse()) await tx.deleteMany(world[name] as AnyTable, {})
    for (const name of tableNames) {
      const added = rows[name].map(withoutComputed)
      if (added.length > 0) await tx.createMany(world[name] as AnyTable, added as never)
    }
  })
}

function withoutComputed(row: Row): Row {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined))
}

/**
 * Everything that somebody gets to see while going through the steps, as text: answers, errors, and
 * how many statements on which tables each of them took.
 */
export async function answers(
  stage: Stage,
  {
    rows,
    steps,
    lead = false,
    nobody = false,
  }: { rows: Rows; steps: readonly Step[]; lead?: boolean; nobody?: boolean },
): Promise<string[]> {
  await fill(stage, rows)
  const handle = stage.db.as(nobody ? null : actor(ann, 'one', ...(lead ? ['lead'] : [])))
  const spans: string[] = []
  const stop = stage.signals.subscribe({ span: ({ name }) => void spans.push(name) })
  const seen: string[] = []
  for (const [turn, step] of steps.entries()) {
    spans.length = 0
    const answer = await take(handle, step, turn).catch(faceOf)
    // The key that cursors are signed with is read once, whoever makes the first one.
    seen.push(textOf({ answer, spans: spans.filter((name) => !name.endsWith(' plinth_keys')) }))
  }
  stop()
  return seen
}

/** Everything that a caller can see of an error. */
export function faceOf(error: unknown): unknown {
  const { name, code, status, message, details, headers } = error as Record<string, unknown>
  return { name, code, status, message, details, headers }
}

function textOf(value: unknown): string {
  return JSON.stringify(value, (_, each) => {
    if (typeof each === 'bigint') return `${each}n`
    return each === undefined ? 'undefined' : each
  })
}
