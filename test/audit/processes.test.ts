import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { audit, type OpenAudit } from 'plinth/audit'
import { type Database, type DataSource, id, open, table } from 'plinth/data'
import { mysql } from 'plinth/data/mysql'
import { postgres } from 'plinth/data/postgres'
import { sqlite } from 'plinth/data/sqlite'
import { generateKey } from 'plinth/kernel'
import * as v from 'valibot'
import { describe, expect, onTestFinished, test } from 'vitest'
import { freshMariadb, freshPostgres, hasMariadb, hasPostgres } from '../data/servers.ts'

const things = table('things', { id: id(), n: v.number() }, { audit: true })
const script = fileURLToPath(new URL('./writer.ts', import.meta.url))

interface Place {
  readonly name: string
  readonly target: () => Promise<string>
  readonly source: (target: string) => DataSource
}

const places: readonly Place[] = [
  {
    name: 'SQLite',
    target: async () => join(folder(), 'a.db'),
    source: (at) => sqlite(at, [things]),
  },
  ...((await hasPostgres())
    ? [
        {
          name: 'PostgreSQL',
          target: freshPostgres,
          source: (at: string) => postgres(at, [things]),
        },
      ]
    : []),
  ...((await hasMariadb())
    ? [{ name: 'MariaDB', target: freshMariadb, source: (at: string) => mysql(at, [things]) }]
    : []),
]

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'plinth-audit-'))
  onTestFinished(() => rmSync(made, { recursive: true, force: true }))
  return made
}

describe.each(places)('processes that write one log on $name', ({ target, source }) => {
  async function start(): Promise<{ at: string; key: string; database: Database; log: OpenAudit }> {
    const at = await target()
    const key = generateKey()
    const description = audit({ keys: { current: 'k', keys: { k: key } } })
    const log = description.open()
    const { tables } = description
    const database = await open(source(at), { tables, onChange: log.onChange })
    onTestFinished(() => database.close())
    await database.migrate()
    await log.begin(database)
    return { at, key, database, log }
  }

  /** Starts a writer; what it acknowledged is added to `told`. */
  function write(words: readonly string[], told: string[]): ReturnType<typeof spawn> {
    const child = spawn(process.execPath, [script, ...words], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, NODE_NO_WARNINGS: '1' },
    })
    const lines = createInterface({ input: child.stdout })
    lines.on('line', (line) => void told.push(...line.split(' ')))
    return child
  }

  /** One entry for each row that is there, and none for others. */
  async function agree({
    database,
    log,
  }: {
    database: Database
    log: OpenAudit
  }): Promise<string[]> {
    const verified = await log.verify()
    expect(verified).toMatchObject({ ok: true, from: 1, to: verified.entries })
    const created: string[] = []
    for await (const { row } of log.export({ event: 'row.create' })) created.push(String(row))
    const rows: string[] = []
    for await (const row of database.system.stream(things)) rows.push(row.id)
    expect(created.sort()).toEqual(rows.sort())
    return rows
  }

  test('leaves no gap and no fork between two of them', async () => {
    const scene = await start()
    const told: string[] = []
    const writers = [1, 2].map(() => write([scene.at, scene.key, '40'], told))
    const codes = await Promise.all(writers.map((child) => once(child, 'close')))
    expect(codes.map(([code]) => code)).toEqual([0, 0])
    expect((await agree(scene)).length).toBe(160)
    expect(told).toHaveLength(160)
  }, 120_000)

  test('loses and adds nothing when they are killed', async () => {
    const scene = await start()
    const told: string[] = []
    for (let round = 0; round < 3; round++) {
      const wanted = told.length + 30
      const writers = [1, 2].map(() => write([scene.at, scene.key], told))
      while (told.length < wanted) await new Promise((resolve) => setTimeout(resolve, 5))
      const ended = writers.map((child) => once(child, 'close'))
      for (const child of writers) child.kill('SIGKILL')
      await Promise.all(ended)
    }
    // The last entry written by the servers may still be on its way to be undone.
    await new Promise((resolve) => setTimeout(resolve, 500))
    const rows = new Set(await agree(scene))
    expect(told.filter((row) => !rows.has(row))).toEqual([])
  }, 120_000)
})
