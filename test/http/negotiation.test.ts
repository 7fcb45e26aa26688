import { anyone, content, defineOperation, download, events, lines, signedIn } from 'plinth/http'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { appOf, send } from './send.ts'

const json = appOf(
  defineOperation()({
    method: 'GET',
    path: '/x',
    responses: { 200: v.string(), 404: content('text/plain') },
    guard: anyone,
    handler: () => ({ status: 200, body: 'text' }),
  }),
)
const ask = async (accept: string, app = json) =>
  (await send(app, 'GET /x', { headers: { accept } })).status

describe('Accept', () => {
  it.each([
    '*/*',
    'application/json',
    'application/*',
    'APPLICATION/JSON',
    'application/json; charset=utf-8',
    'application/json;q=0.001',
    'text/html, application/xhtml+xml, */*;q=0.8',
    'text/html,application/json',
    'application/json, application/problem+json, */*;q=0.5',
    'application/json;q=1.000',
    'text/plain;q=1, */*;q=0.1',
    '*/*;q=0, application/json',
    'application/*;q=0, application/json;q=0.5',
    '',
    ',',
    ' , ,',
  ])('of %j takes JSON', async (accept) => {
    expect(await ask(accept)).toBe(200)
    expect(await ask(accept)).toBe(200)
  })

  it.each([
    'text/plain',
    'text/*',
    'application/problem+json',
    'application/json;q=0',
    'application/json;q=0.000',
    'application/json;q=0, */*',
    'application/*;q=0, */*;q=1',
    '*/*;q=0',
    'application/json5',
    'application',
    '*',
  ])('[ASVS 4.1.1] of %j takes no JSON', async (accept) => {
    const { status, headers, body } = await send(json, 'GET /x', { headers: { accept } })
    expect([status, headers.get('content-type')]).toEqual([406, 'application/problem+json'])
    expect(body).toMatchObject({ code: 'not_acceptable', title: 'Not Acceptable' })
    expect((body as { detail: string }).detail).toContain('application/json')
  })

  it.each(['application/json;q=2', 'application/json;q=x', 'application/json;q=0.1234'])(
    'has no member with a weight like that of %j',
    async (accept) => {
      expect(await ask(`text/plain, ${accept}`)).toBe(406)
      expect(await ask(accept)).toBe(200)
    },
  )

  it('is taken for the last that was refused no more than for others', async () => {
    for (const accept of ['text/plain', 'application/json', 'text/plain', '*/*', 'text/plain']) {
      expect(await ask(accept)).toBe(accept === 'text/plain' ? 406 : 200)
    }
  })

  it('may name any of the successes', async () => {
    const app = appOf(
      defineOperation()({
        method: 'GET',
        path: '/x',
        responses: {
          200: content('text/csv; charset=utf-8'),
          202: events(v.string()),
          203: lines(v.string()),
          206: download('application/pdf'),
        },
        guard: anyone,
        handler: () => ({ status: 200, body: 'a,b' }),
      }),
    )
    for (const type of [
      'text/csv',
      'text/event-stream',
      'application/x-ndjson',
      'application/pdf',
    ]) {
      expect(await ask(type, app), type).toBe(200)
    }
    expect(await ask('application/json', app)).toBe(406)
  })

  it('may name another type of content alone', async () => {
    const app = appOf(
      defineOperation()({
        method: 'GET',
        path: '/x',
        responses: { 200: content('text/plain; charset=utf-8', 'text/csv; charset=utf-8') },
        guard: anyone,
        handler: ({ incoming }) => {
          const type = incoming.header('accept') === 'text/csv' ? 'text/csv' : 'text/plain'
          return { status: 200, headers: { 'content-type': type }, body: 'a,b' }
        },
      }),
    )
    const { status, headers } = await send(app, 'GET /x', { headers: { accept: 'text/csv' } })
    expect([status, headers.get('content-type')]).toEqual([200, 'text/csv'])
    expect(await ask('text/plain', app)).toBe(200)
    expect(await ask('application/json', app)).toBe(406)
  })

  it('means nothing where a success has no body', async () => {
    const app = appOf(
      defineOperation()({
        method: 'DELETE',
        path: '/x',
        responses: { 204: null },
        guard: anyone,
        handler: () => ({ status: 204 }),
      }),
    )
    const headers = { accept: 'text/html' }
    expect((await send(app, 'DELETE /x', { headers })).status).toBe(204)
  })

  it('is looked at before anything is done, and after the guard', async () => {
    let done = 0
    const operation = (guard: typeof anyone) =>
      defineOperation()({
        method: 'POST',
        path: '/x',
        responses: { 200: v.string() },
        guard,
        handler: () => {
          done += 1
          return { status: 200, body: 'text' }
        },
      })
    const headers = { accept: 'text/html' }
    expect((await send(appOf(operation(anyone)), 'POST /x', { headers })).status).toBe(406)
    expect((await send(appOf(operation(signedIn)), 'POST /x', { headers })).status).toBe(401)
    expect(done).toBe(0)
  })

  it('of a hundred kilobytes is read in passing', async () => {
    const tail = 'text/x;'.repeat(14_000)
    expect(await ask(`${tail}, text/y`)).toBe(406)
    expect(await ask(`${'text/x,'.repeat(14_000)}`)).toBe(406)
  })
})
