import { anyone, createApp, defineOperation, form, type InputSchemas } from 'plinth/http'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { send } from './send.ts'

const define = defineOperation()

/** A period, whose end is not before its begin. */
const valibot = v.pipe(
  v.object({ from: v.pipe(v.string(), v.isoDate()), to: v.pipe(v.string(), v.isoDate()) }),
  v.forward(
    v.partialCheck([['from'], ['to']], ({ from, to }) => from <= to, 'Ends before it begins'),
    ['to'],
  ),
)
const zod = z
  .strictObject({ from: z.iso.date(), to: z.iso.date() })
  .refine(({ from, to }) => from <= to, { path: ['to'], message: 'Ends before it begins' })

function appWith(method: 'GET' | 'POST', input: Pick<InputSchemas, 'query' | 'body'>) {
  const calls: string[] = []
  const app = createApp({
    operations: {
      it: define({
        method,
        path: '/periods',
        guard: anyone,
        responses: { 204: null },
        ...input,
        handler: () => {
          calls.push('called')
          return { status: 204 }
        },
      }),
    },
  })
  return { app, calls }
}

describe('fields that belong together', () => {
  it.each([
    ['valibot', valibot],
    ['zod', zod],
  ] as const)('[ASVS 2.2.3] are held to their rule in JSON by %s', async (_, body) => {
    const { app, calls } = appWith('POST', { body })
    const post = (from: string, to: string) => send(app, 'POST /periods', { json: { from, to } })
    expect((await post('2026-01-01', '2026-01-02')).status).toBe(204)
    expect(await post('2026-01-02', '2026-01-01')).toMatchObject({
      status: 422,
      body: { issues: [{ path: 'body.to', message: 'Ends before it begins' }] },
    })
    expect(calls).toHaveLength(1)
  })

  it('[ASVS 2.2.3] are held to their rule in forms and queries', async () => {
    const posted = appWith('POST', { body: form(valibot) })
    const answer = await send(posted.app, 'POST /periods', {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'from=2026-01-02&to=2026-01-01',
    })
    expect(answer).toMatchObject({ status: 422, body: { issues: [{ path: 'body.to' }] } })
    const asked = appWith('GET', { query: valibot })
    const { status } = await send(asked.app, 'GET /periods?from=2026-01-02&to=2026-01-01')
    expect(status).toBe(422)
    expect((await send(asked.app, 'GET /periods?from=2026-01-01&to=2026-01-01')).status).toBe(204)
    expect([posted.calls, asked.calls]).toEqual([[], ['called']])
  })
})
