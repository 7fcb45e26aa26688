import { execFileSync, spawn } from 'node:child_process'
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { root } from '../../../scripts/doors.ts'

/** A reader's machine: an empty folder, the packed package, and the files of `docs/start.md`. */
describe('the first steps of the documentation', () => {
  const page = readFileSync(`${root}docs/start.md`, 'utf8')
  const example = `${root}examples/notes`
  const files = readdirSync(example)
  let folder: string

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'plinth-start-'))
    cpSync(example, folder, { recursive: true })
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    writeFileSync(join(folder, 'grant.ts'), fileOf('grant.ts'))
    const packages = page.match(/^npm install plinth (.*)$/m)?.[1]?.split(' ') ?? []
    run('npm', 'install', '--prefer-offline', inject('tarball'), ...packages)
    for (const tool of ['typescript', 'vitest', '@types']) {
      symlinkSync(`${root}node_modules/${tool}`, join(folder, 'node_modules', tool))
    }
  }, 120_000)

  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('are the files of the example, word for word', () => {
    for (const file of files) {
      expect(fileOf(file), file).toBe(readFileSync(`${example}/${file}`, 'utf8'))
    }
  })

  it('take at most forty lines', () => {
    const lines = files.flatMap((file) => readFileSync(`${example}/${file}`, 'utf8').split('\n'))
    expect(lines.filter((line) => line.trim() !== '').length).toBeLessThanOrEqual(40)
  })

  it('compile with the settings that they say', () => {
    const [init = '', check = ''] = [...page.matchAll(/^npx (tsc.*)$/gm)].map(([, line]) => line)
    for (const line of [init, check]) run(...words(line))
  })

  it('end in a test that passes', () => {
    run(...words(page.match(/^`npx (vitest run)` /m)?.[1] ?? ''))
  })

  it('serve, and give an account its role', async () => {
    const server = spawn('node', ['main.ts'], {
      cwd: folder,
      env: { ...process.env, PORT: '0' },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const ended = new Promise<number | null>((resolve) => server.once('exit', resolve))
    const said = await new Promise<string>((resolve) => server.stderr.once('data', resolve))
    const url = /http:\S+/.exec(String(said))?.[0] ?? `nowhere: ${said}`
    const account = { email: 'you@example.com', password: 'correct horse battery' }
    const post = (path: string, body: object): Promise<Response> =>
      fetch(url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })

    await post('/auth/sign-up', account)
    run('node', 'grant.ts')
    const answer = await post('/auth/sign-in', { ...account, transport: 'bearer' })
    expect(await answer.json()).toMatchObject({ user: { roles: ['admin'] } })
    server.kill('SIGTERM')
    expect(await ended).toBe(0)
  })

  /** Runs a program in the folder; what it said is in the error when it fails. */
  function run(...[program = '', ...args]: string[]): void {
    execFileSync(program, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  }

  /** What the page says to put into a file. */
  function fileOf(name: string): string {
    const before = page.indexOf(`into \`${name}\``)
    const code = before < 0 ? null : /^```ts\n([\s\S]*?)^```$/m.exec(page.slice(before))
    if (!code?.[1]) throw new Error(`docs/start.md does not say what to put into ${name}`)
    return code[1]
  }
})

function words(line: string): string[] {
  return line.split(' ')
}
