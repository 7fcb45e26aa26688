import { describe, expect, it } from 'vitest'
import { freshMariadb, freshPostgres, hasMariadb, hasPostgres } from '../data/servers.ts'
import { createProject } from './project.ts'

interface Case {
  readonly name: string
  /** The database as source code, given a list of tables. */
  source(): Promise<(tables: string) => string>
}

const cases: Case[] = [
  { name: 'SQLite', source: async () => (tables) => `sqlite('data.db', ${tables})` },
  ...((await hasPostgres()) ? [onServer('PostgreSQL', 'postgres', freshPostgres)] : []),
  ...((await hasMariadb()) ? [onServer('MariaDB', 'mysql', freshMariadb)] : []),
]

function onServer(name: string, door: string, fresh: () => Promise<string>): Case {
  return {
    name,
    async source() {
      const url = JSON.stringify(await fresh())
      return (tables) => `${door}(${url}, ${tables})`
    },
  }
}

const TABLES = `
const users = table('users', { id: id(), name: short }, { unique: [['name']] })
const notes = table('notes', { id: id(), by: ref(users), title: short }, { indexes: [['title']] })
`
const FOUR = [1, 2, 3, 4]

describe.each(cases)('four processes at once on $name', ({ source }) => {
  it('apply each file once', async () => {
    const config = `${TABLES} export default ${(await source())('[users, notes]')}`
    const project = createProject(config)
    expect(await project.plinth('migrate', 'plan', 'first')).toMatchObject({ code: 0 })
    const answers = await Promise.all(FOUR.map(() => project.plinth('migrate', 'apply')))
    expect(answers.map(({ code, err }) => ({ code, err }))).toEqual(
      FOUR.map(() => ({ code: 0, err: '' })),
    )
    const applied = answers.flatMap(({ out }) => out.match(/Applied .*/g) ?? [])
    expect(applied).toEqual(['Applied 0001_first.sql'])
    expect(await project.plinth('migrate', 'status')).toMatchObject({ code: 0 })
  })

  it('start, and one of them makes the tables', async () => {
    const project = createProject('')
    project.write(
      'start.ts',
      `${TABLES}
      const db = await open(${(await source())('[users, notes]')})
      const { steps } = await db.migrate()
      console.log(steps.length)
      await db.system.create(users, { name: String(process.pid) })
      await db.close()`,
    )
    const answers = await Promise.all(FOUR.map(() => project.node('start.ts')))
    expect(answers.map(({ code, err }) => ({ code, err }))).toEqual(
      FOUR.map(() => ({ code: 0, err: '' })),
    )
    const steps = answers.map(({ out }) => Number(out)).sort()
    expect(steps.slice(0, 3)).toEqual([0, 0, 0])
    expect(steps[3]).toBeGreaterThan(5)
  })
})
