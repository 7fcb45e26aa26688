import { describe, expect, it } from 'vitest'
import { run } from '../../src/cli/run.ts'
import { createProject } from './project.ts'

const notes = (columns: string): string => `
const notes = table('notes', { id: id(), ${columns} })
export default sqlite('notes.db', [notes])
`

describe('plinth migrate', () => {
  it('writes, applies and tells of migrations', async () => {
    const project = createProject(notes('title: v.string()'))
    const planned = await project.plinth('migrate', 'plan', 'first')
    expect(planned).toMatchObject({ code: 0, err: '' })
    expect(planned.out).toContain('migrations/0001_first.sql')
    expect(planned.out).toContain('1. create table notes')
    expect(project.read('migrations/0001_first.sql')).toContain('CREATE TABLE "notes" (\n')

    const before = await project.plinth('migrate', 'status')
    expect(before).toMatchObject({ code: 3, out: 'pending  0001_first.sql\n' })
    const again = await project.plinth('migrate', 'plan')
    expect(again).toMatchObject({ code: 1, err: expect.stringContaining('Not applied yet') })
    const applied = await project.plinth('migrate', 'apply')
    expect(applied).toMatchObject({ code: 0, out: 'Applied 0001_first.sql\n' })
    const twice = await project.plinth('migrate', 'apply')
    expect(twice).toMatchObject({ code: 0, out: expect.stringContaining('Nothing to do') })
    const after = await project.plinth('migrate', 'status')
    expect(after).toMatchObject({ code: 0, out: expect.stringContaining('applied  0001_first') })
    const empty = await project.plinth('migrate', 'plan')
    expect(empty).toMatchObject({ code: 0, out: expect.stringContaining('Nothing to do') })

    project.write('plinth.config.ts', notes('title: v.string(), rank: v.nullable(v.number())'))
    const drifted = await project.plinth('migrate', 'status')
    expect(drifted.code).toBe(3)
    expect(drifted.out).toContain('differs from the tables in code:\n- add column notes.rank')
    await project.plinth('migrate', 'plan')
    expect(project.files()).toEqual(['0001_first.sql', '0002_add-column-notes-rank.sql'])
    expect(await project.plinth('migrate', 'apply')).toMatchObject({ code: 0 })
  })

  it('destroys and renames only what is named', async () => {
    const project = createProject(notes('title: v.string(), body: v.nullable(v.string())'))
    await project.plinth('migrate', 'plan')
    await project.plinth('migrate', 'apply')
    project.write('plinth.config.ts', notes('headline: v.string()'))
    const refused = await project.plinth('migrate', 'plan')
    expect(refused.code).toBe(1)
    expect(refused.err).toContain('notes.headline: the new column is required')
    expect(refused.err).toContain('drop:notes.title drops it')
    expect(project.files()).toHaveLength(1)
    const kept = await project.plinth('migrate', 'plan', '--rename', 'notes.title=notes.headline')
    expect(kept.out).toContain('1. rename column notes.title to headline')
    expect(kept.out).toContain('Kept:\n- notes.body is not in code any more and stays')
    await project.plinth('migrate', 'apply')
    const dropped = await project.plinth('migrate', 'plan', '--allow', 'drop:notes.body')
    expect(dropped.out).toContain('drop column notes.body')
    expect(await project.plinth('migrate', 'apply')).toMatchObject({ code: 0 })
  })

  it('reads the options of backend(), modules included', async () => {
    const project = createProject(`
      import { auth, password } from '${new URL('../../src/auth/index.ts', import.meta.url).pathname}'
      export default { data: sqlite('app.db', []), auth: auth({ factors: [password()] }) }
    `)
    const planned = await project.plinth('migrate', 'plan')
    expect(planned).toMatchObject({ code: 0, err: '' })
    expect(planned.out).toContain('create table users')
  })

  it.each<[string, string[], string]>([
    ['no configuration', ['migrate', 'status'], 'No plinth.config.ts'],
    ['a configuration that is not there', ['migrate', 'status', '--config', 'x.ts'], 'no file'],
    ['an unknown area', ['data'], '"data" is unknown'],
    ['an unknown command', ['migrate', 'undo'], '"migrate undo" is unknown'],
    ['an unknown option', ['migrate', 'plan', '--force'], '--force'],
    ['an option of another command', ['migrate', 'status', '--from-empty'], 'means nothing'],
    ['a word too many', ['migrate', 'apply', 'first'], 'one word too many'],
    ['a name that is a path', ['migrate', 'plan', '../x'], 'a name has up to'],
    ['half a rename', ['migrate', 'plan', '--rename', 'a'], 'expected old=new'],
  ])('explains itself to %s', async (_, words, message) => {
    const { folder } = createProject('')
    const lines: string[] = []
    const err = (line: string) => void lines.push(line)
    expect(await run(words, { folder, out: () => {}, err })).toBe(2)
    expect(lines.join()).toContain(message)
    expect(lines.join()).toContain('Usage: plinth migrate')
  })

  it('refuses a configuration without a database, and one that throws', async () => {
    const none = await createProject('export default 7').plinth('migrate', 'status')
    expect(none).toMatchObject({ code: 2, err: expect.stringContaining('default export') })
    const broken = await createProject("throw new Error('broken')").plinth('migrate', 'status')
    expect(broken).toMatchObject({ code: 1, err: expect.stringContaining('Error: broken') })
    const folder = createProject("export default sqlite('no/notes.db', [])")
    expect(await folder.plinth('migrate', 'status')).toMatchObject({ code: 1 })
  })

  it('shows its usage', async () => {
    const { code, out } = await createProject('').plinth('--help')
    expect(code).toBe(0)
    expect(out).toContain('Exit codes: 0 done')
  })
})
