import { describe, expect, it } from 'vitest'
import { root } from '../../scripts/doors.ts'
import { createProject } from './project.ts'

const api = (query: string, responses = '200: v.object({ greeting: v.string() })'): string => `
import { anyone, operation } from '${root}src/api/index.ts'

const greet = operation({
  method: 'GET',
  path: '/greet',
  guard: anyone,
  query: v.object({ ${query} }),
  responses: { ${responses} },
  handler: () => ({ status: 200, body: { greeting: 'Hello' } }),
})
const options = { title: 'Greetings', data: sqlite(':memory:', []), api: { greet } }
`
const options = (query: string, responses?: string): string => {
  return `${api(query, responses)}export default options\n`
}

describe('plinth openapi', () => {
  it('writes the document of the options of backend()', async () => {
    const project = createProject(options('name: v.string()'))
    const { code, out, err } = await project.plinth('openapi')
    expect({ code, err }).toEqual({ code: 0, err: '' })
    const document = JSON.parse(out)
    expect(document.info.title).toBe('Greetings')
    expect(document.paths['/greet'].get.operationId).toBe('greet')

    const written = await project.plinth('openapi', '--out', 'openapi.json')
    expect(written).toEqual({ code: 0, out: '', err: '' })
    expect(JSON.parse(project.read('openapi.json'))).toEqual(document)
  })

  it('names breaking changes with place and reason, and fails', async () => {
    const project = createProject(options('name: v.optional(v.string())'))
    await project.plinth('openapi', '--out', 'old.json')
    const same = await project.plinth('openapi', '--against', 'old.json')
    expect(same).toEqual({ code: 0, out: 'Nothing has changed.\n', err: '' })

    project.write('plinth.config.ts', options('name: v.string(), loud: v.optional(v.string())'))
    const { code, out } = await project.plinth('openapi', '--against', 'old.json')
    expect(code).toBe(1)
    expect(out).toBe(
      'Breaking:\n- GET /greet (greet) query name: is required now\n\n' +
        'Not breaking:\n- GET /greet (greet) query loud: is new\n',
    )
  })

  it('compares before it writes over the earlier file', async () => {
    const project = createProject(options('name: v.optional(v.string())'))
    const words = ['openapi', '--out', 'openapi.json']
    await project.plinth(...words)
    project.write('plinth.config.ts', options(''))
    const { code, out } = await project.plinth(...words, '--against', 'openapi.json')
    expect(code).toBe(1)
    expect(out).toContain('query name: is not taken any more')
    expect(project.read('openapi.json')).not.toContain('"name": "name"')
  })

  it('takes an app, or what makes one, from a module', async () => {
    const project = createProject('export default sqlite(":memory:", [])')
    const made = `import { backend } from '${root}src/index.ts'\n${api('')}`
    const printed = "console.info('made')\nprocess.stdout.write('here\\n')\n"
    project.write('app.ts', `${made}${printed}export const app = await backend(options)\n`)
    project.write('make.ts', `${made}export default () => backend(options)\n`)
    for (const file of ['app.ts', 'make.ts']) {
      const { code, out } = await project.plinth('openapi', '--app', file)
      expect({ code, title: JSON.parse(out).info.title }).toEqual({ code: 0, title: 'Greetings' })
    }
  })

  it('leaves the database as it is', async () => {
    const project = createProject(
      "const notes = table('notes', { id: id() })\nexport default { data: sqlite('notes.db', [notes]) }",
    )
    expect(await project.plinth('openapi')).toMatchObject({ code: 0 })
    expect(await project.plinth('migrate', 'plan')).toMatchObject({
      out: expect.stringContaining('create table notes'),
    })
  })

  it('says what it does not understand', async () => {
    const project = createProject('export default sqlite(":memory:", [])')
    project.write('odd.ts', 'export default 7')
    const told = async (...words: string[]) => {
      const { code, err } = await project.plinth('openapi', ...words)
      return `${code} ${err.split('\n')[0]}`
    }
    expect(await told('--app', 'odd.ts')).toMatch(/^2 .*odd\.ts: expected its default export/)
    expect(await told()).toMatch(/^2 .*plinth\.config\.ts: expected its default export/)
    expect(await told('--app', 'none.ts')).toMatch(/^2 There is no file/)
    expect(await told('--against', 'none.json')).toMatch(/^2 There is no file/)
    expect(await told('--against', 'odd.ts')).toMatch(/^2 .*expected an OpenAPI document/)
    expect(await told('--inn', 'x')).toMatch(/^2 Unknown option '--inn'/)
    expect(await told('--app', 'a.ts', '--config', 'b.ts')).toMatch(/^2 --app and --config/)
  })
})
