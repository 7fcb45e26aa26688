import { generateKey } from 'plinth/kernel'
import { expect, test } from 'vitest'
import { root } from '../../scripts/doors.ts'
import { createProject, type Project } from '../cli/project.ts'

const KEY = generateKey()

function project(): Project {
  return createProject(`
import { audit } from '${root}src/audit/index.ts'
export const things = table('things', { id: id(), name: short }, { audit: true })
export default {
  data: sqlite('data.db', [things]),
  audit: audit({ keys: { current: 'k', keys: { k: '${KEY}' } } }),
}
`)
}

const WRITE = `
import options, { things } from './plinth.config.ts'
const log = options.audit.open()
const database = await open(options.data, { tables: options.audit.tables, onChange: log.onChange })
await database.migrate()
await log.begin(database)
await database.system.createMany(things, [{ name: 'a' }, { name: 'b' }])
await log.close()
console.log(JSON.stringify(await log.publicKeys()))
await database.close()
`

const DAMAGE = `
import Sqlite from '${root}node_modules/better-sqlite3/lib/index.js'
new Sqlite('data.db').exec("UPDATE plinth_audit SET after = replace(after, '\\"a\\"', '\\"x\\"') WHERE seq = 2")
`

test('verifies, exports and cuts the log of a project', async () => {
  const { write, node, plinth } = project()
  write('write.ts', WRITE)
  const written = await node('write.ts')
  expect(written.err).toBe('')
  const { k } = JSON.parse(written.out)
  expect(await plinth('audit', 'verify')).toEqual({
    code: 0,
    out: 'The log is as it was written: 3 entries, 1 to 3, signed up to 3.\n',
    err: '',
  })
  expect(await plinth('audit', 'verify', '--key', `k=${k}`)).toMatchObject({ code: 0 })
  const foreign = await plinth('audit', 'verify', '--key', `other=${k}`)
  expect(foreign).toMatchObject({ code: 1, err: expect.stringContaining('which is not known') })
  const exported = await plinth('audit', 'export', '--event', 'row.create')
  const lines = exported.out.trim().split('\n')
  expect(lines.map((line) => JSON.parse(line).after.name)).toEqual(['a', 'b'])
  expect(await plinth('audit', 'cut', '--before', '2000-01-01')).toMatchObject({
    code: 0,
    out: expect.stringContaining('Nothing was removed'),
  })

  write('damage.ts', DAMAGE)
  expect(await node('damage.ts')).toMatchObject({ code: 0, err: '' })
  const found = await plinth('audit', 'verify')
  expect(found).toMatchObject({ code: 1 })
  expect(found.err).toBe('entry 2  content  it does not have its hash\n')
  expect(await plinth('audit', 'cut', '--before', '2100-01-01')).toMatchObject({ code: 1 })
}, 120_000)

test('says what it does not understand', async () => {
  const { plinth } = createProject('export default sqlite("data.db", [])')
  expect(await plinth('audit')).toMatchObject({ code: 2 })
  expect(await plinth('audit', 'cut')).toMatchObject({ code: 2 })
  expect(await plinth('audit', 'verify', '--before', '2020')).toMatchObject({ code: 2 })
  expect(await plinth('audit', 'verify')).toMatchObject({
    code: 2,
    err: expect.stringContaining('audit: audit({ keys })'),
  })
}, 120_000)
