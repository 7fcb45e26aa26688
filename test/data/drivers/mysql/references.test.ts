import { describe, expect, it } from 'vitest'
import type { SqlDriver } from '../../../../src/data/drivers/sql/driver.ts'
import { hasMariadb } from '../../servers.ts'
import { elsewhere, openDriver, sql, useFreshDatabase } from './support.ts'

const TABLES = [
  'CREATE TABLE users (id varchar(36) PRIMARY KEY)',
  'CREATE TABLE folders (id varchar(36) PRIMARY KEY, owner varchar(36), parent varchar(36), ' +
    'FOREIGN KEY (owner) REFERENCES users (id) ON DELETE CASCADE, FOREIGN KEY (parent) REFERENCES folders (id))',
  'CREATE TABLE files (id varchar(36) PRIMARY KEY, owner varchar(36), folder varchar(36), ' +
    'FOREIGN KEY (owner) REFERENCES users (id) ON DELETE CASCADE, FOREIGN KEY (folder) REFERENCES folders (id))',
  'CREATE TABLE pins (id varchar(36) PRIMARY KEY, file varchar(36), FOREIGN KEY (file) REFERENCES files (id) ON DELETE SET NULL)',
  "INSERT INTO users VALUES ('ann'), ('bob')",
  "INSERT INTO folders VALUES ('1', 'ann', NULL), ('2', 'ann', '1'), ('3', 'ann', '2'), ('9', 'bob', NULL)",
  "INSERT INTO files VALUES ('a', 'ann', '3'), ('b', 'ann', '1'), ('z', 'bob', '9')",
  "INSERT INTO pins VALUES ('p', 'a'), ('q', 'z')",
].join('; ')

async function openTables(): Promise<SqlDriver> {
  const driver = await openDriver()
  await elsewhere(TABLES)
  return driver
}

function remove(driver: SqlDriver, text: string, params: readonly unknown[] = []): Promise<number> {
  return driver.transaction(async (connection) => (await connection.run(sql(text), params)).changes)
}

const counts = () =>
  elsewhere(
    'SELECT (SELECT COUNT(*) FROM users), (SELECT COUNT(*) FROM folders), (SELECT COUNT(*) FROM files), (SELECT COUNT(*) FROM pins)',
  )

describe.skipIf(!(await hasMariadb()))('rows that refer to each other', () => {
  useFreshDatabase()

  it('are deleted together by one statement', async () => {
    const driver = await openTables()
    await elsewhere('DELETE FROM files')
    expect(await remove(driver, 'DELETE FROM `folders` WHERE `owner` = ?', ['ann'])).toBe(3)
    expect(await counts()).toEqual([[2, 1, 0, 2]])
  })

  it('go along with the row whose deletion cascades to them', async () => {
    const driver = await openTables()
    expect(await remove(driver, 'DELETE FROM `users` WHERE `id` = ?', ['ann'])).toBe(1)
    expect(await counts()).toEqual([[1, 1, 1, 2]])
    expect(await elsewhere('SELECT id, file FROM pins ORDER BY id')).toEqual([
      ['p', null],
      ['q', 'z'],
    ])
  })

  it('stay, all of them, while a row that stays refers to one', async () => {
    const driver = await openTables()
    await elsewhere("INSERT INTO files VALUES ('y', 'bob', '2')")
    for (const text of [
      'DELETE FROM `users` WHERE `id` = ?',
      'DELETE FROM `folders` WHERE `owner` = ?',
    ]) {
      await expect(remove(driver, text, ['ann'])).rejects.toMatchObject({
        code: 'invalid_reference',
        status: 409,
      })
    }
    expect(await counts()).toEqual([[2, 4, 4, 2]])
  })

  it('leave the transaction as it was where they stay', async () => {
    const driver = await openTables()
    await driver.transaction(async (connection) => {
      await connection.run(sql("INSERT INTO users VALUES ('cid')"), [])
      const removing = connection.run(sql('DELETE FROM `folders` WHERE `id` = ?'), ['1'])
      const adding = connection.run(sql("INSERT INTO users VALUES ('dan')"), [])
      await expect(removing).rejects.toMatchObject({ code: 'invalid_reference' })
      await adding
    })
    expect(await counts()).toEqual([[4, 4, 3, 2]])
  })
})
