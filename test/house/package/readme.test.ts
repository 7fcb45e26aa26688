import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { root } from '../../../scripts/doors.ts'

/** A reader's machine: an empty folder, the packages that the README says to install, its example. */
describe('the first example of the README', () => {
  const readme = readFileSync(`${root}README.md`, 'utf8')
  let folder: string
  let server: Server

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'plinth-readme-'))
    install(folder, readme)
    server = await start(folder, firstExample(readme))
  }, 120_000)

  afterAll(async () => {
    await server?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  it('answers that it is alive and ready', async () => {
    expect((await fetch(`${server.url}/health`)).status).toBe(200)
    expect((await fetch(`${server.url}/ready`)).status).toBe(200)
  })

  it('refuses a visitor with a problem document', async () => {
    const response = await fetch(`${server.url}/notes`)
    expect(response.status).toBe(401)
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/)
  })

  it('keeps the notes of one who signs up apart from others', async () => {
    const ada = await signUp(server.url, 'ada@example.com')
    const bob = await signUp(server.url, 'bob@example.com')

    const created = await ada('POST', '/notes', { title: 'Milk', body: 'Two litres' })
    expect(created).toMatchObject({ status: 201, body: { title: 'Milk', body: 'Two litres' } })

    const own = await ada('GET', '/notes')
    expect(own).toMatchObject({ status: 200, body: { items: [{ title: 'Milk' }] } })
    expect(await bob('GET', '/notes')).toMatchObject({ status: 200, body: { items: [] } })
  })

  it('describes its operations in OpenAPI', async () => {
    const document: unknown = await (await fetch(`${server.url}/openapi.json`)).json()
    expect(document).toMatchObject({
      openapi: expect.stringMatching(/^3\.1\./),
      paths: { '/notes': expect.anything() },
    })
  })

  it('stops cleanly when it is asked to', async () => {
    expect(await server.stop()).toBe(0)
  })
})

interface Server {
  url: string
  /** Asks for a shutdown once and gives the exit code. */
  stop(): Promise<number | null>
}

type Call = (
  method: string,
  path: string,
  body?: unknown,
) => Promise<{ status: number; body: unknown }>

/** Runs the README's own `npm install plinth ...`, with the tarball in the place of the name. */
function install(folder: string, readme: string): void {
  const command = readme.match(/^(?:\$ )?npm install (plinth\b.*)$/m)?.[1]
  if (command === undefined) throw new Error('README.md has no line `npm install plinth ...`')
  const packages = command.trim().split(/\s+/).slice(1)
  execFileSync('npm', ['install', '--prefer-offline', inject('tarball'), ...packages], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}

function firstExample(readme: string): string {
  const code = readme.match(/^```ts\n([\s\S]*?)^```$/m)?.[1]
  if (code === undefined) throw new Error('README.md has no ```ts example')
  return code
}

async function start(folder: string, code: string): Promise<Server> {
  writeFileSync(join(folder, 'notes.ts'), code)
  const port = await freePort()
  const child = spawn('node', ['notes.ts'], {
    cwd: folder,
    env: { ...process.env, NODE_ENV: 'development', PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout.on('data', (chunk) => (output += chunk))
  child.stderr.on('data', (chunk) => (output += chunk))
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const url = `http://127.0.0.1:${port}`

  while (!(await answers(`${url}/health`))) {
    if (child.exitCode !== null) throw new Error(`The example ended:\n${output}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return {
    url,
    stop() {
      child.kill('SIGTERM')
      return ended
    },
  }
}

function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    () => true,
    () => false,
  )
}

/** Signs up and in as the README's curl lines do, and gives calls with the token. */
async function signUp(url: string, email: string): Promise<Call> {
  const account = { email, password: 'correct horse battery' }
  const call = async (method: string, path: string, body?: unknown, token?: string) => {
    const response = await fetch(url + path, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return { status: response.status, body: await response.json() }
  }

  const signedUp = await call('POST', '/auth/sign-up', account)
  expect(signedUp.status, JSON.stringify(signedUp)).toBeLessThan(300)
  const signedIn = await call('POST', '/auth/sign-in', { ...account, transport: 'bearer' })
  expect(signedIn).toMatchObject({ status: 200, body: { token: expect.any(String) } })
  const { token } = signedIn.body
  return (method, path, body) => call(method, path, body, token)
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(address !== null && typeof address === 'object' ? address.port : 0))
    })
  })
}
