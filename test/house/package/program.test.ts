import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'

describe('npx plinth in a project that installed the package', () => {
  let folder: string

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'plinth-program-'))
    writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n')
    const options = ['--prefer-offline', '--no-audit', '--no-fund']
    execFileSync('npm', ['install', ...options, inject('tarball'), 'better-sqlite3', 'valibot'], {
      cwd: folder,
      stdio: 'pipe',
    })
    writeFileSync(
      join(folder, 'plinth.config.ts'),
      `import { id, table } from 'plinth/data'
      import { sqlite } from 'plinth/data/sqlite'
      import * as v from 'valibot'

      const notes: ReturnType<typeof table> = table('notes', { id: id(), title: v.string() })
      export default sqlite('notes.db', [notes])`,
    )
  }, 120_000)

  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const plinth = (...words: string[]) =>
    spawnSync('npx', ['--no-install', 'plinth', ...words], { cwd: folder, encoding: 'utf8' })

  it('plans, applies and tells', () => {
    expect(plinth('migrate', 'plan', 'first')).toMatchObject({ status: 0 })
    const file = readFileSync(join(folder, 'migrations/0001_first.sql'), 'utf8')
    expect(file).toMatch(/^-- Plinth migration for sqlite\n/)
    expect(plinth('migrate', 'status')).toMatchObject({ status: 3 })
    expect(plinth('migrate', 'apply').stdout).toContain('Applied 0001_first.sql')
    expect(plinth('migrate', 'status')).toMatchObject({ status: 0 })
  })

  it('explains how it is used', () => {
    expect(plinth('--help').stdout).toContain('Usage: plinth migrate <command>')
    expect(plinth('migrate').status).toBe(2)
  })
})
