/**
 * A process of its own that writes to a database until it has done its share or is killed. Prints a
 * line for each transaction that was acknowledged, and one for each that failed.
 *
 * node writer-process.ts FILE NAME COUNT
 */
import { writeSync } from 'node:fs'
import { sqlite } from '../../../../src/data/drivers/sqlite/index.ts'
import { createSignals, systemClock } from '../../../../src/kernel/index.ts'

const [file = '', name = '', count = '0'] = process.argv.slice(2)
const CONCURRENCY = 8

const driver = await sqlite(file, []).openDriver({ signals: createSignals(), clock: systemClock })
const insert = statement('INSERT INTO pairs (id, half) VALUES (?, ?)')
const read = { ...statement('SELECT value FROM counter'), returns: true }
const write = statement('UPDATE counter SET value = ?')

writeSync(1, 'ready\n')
let next = 0
await Promise.all(Array.from({ length: CONCURRENCY }, work))
await driver.close()

async function work(): Promise<void> {
  while (next < Number(count)) {
    const id = `${name}-${next}`
    next += 1
    try {
      await pair(id)
      writeSync(1, `stored ${id}\n`)
    } catch (error) {
      writeSync(1, `failed ${id} ${error}\n`)
    }
  }
}

/** Two rows that must be there together, and a counter that loses a step when two writers overlap. */
async function pair(id: string): Promise<void> {
  await driver.transaction(async (connection) => {
    await connection.run(insert, [id, 1])
    const { rows } = await connection.run(read, [])
    await connection.run(write, [Number(rows[0]?.[0]) + 1])
    await connection.run(insert, [id, 2])
  })
}

function statement(sql: string): { sql: string; returns: boolean; summary: string } {
  return { sql, returns: false, summary: 'test' }
}
