import assert from 'node:assert/strict'
import { type App, createApp, type Incoming, type Outgoing } from 'plinth/http'
import { serve, type WorkerContext } from 'plinth/workers'
import type { Suite } from './main.ts'

export const suite: Suite = {
  name: 'workers',
  needs: [],
  cases: [
    {
      name: 'answers requests with an app',
      async run() {
        const worker = serve(createApp({ operations: {} }))
        const response = await worker.fetch(ask('/nowhere'), {}, context())
        assert.equal(response.status, 404)
        assert.equal(response.headers.get('content-type'), 'application/problem+json')
      },
    },
    {
      name: 'knows the client by the header that Cloudflare sets',
      async run() {
        const worker = serve(appOf(({ address, origin }) => `${address} ${origin}`))
        const headers = { 'cf-connecting-ip': '2001:DB8::0001', 'x-forwarded-for': '6.6.6.6' }
        const known = await worker.fetch(ask('/', { headers }), {}, context())
        assert.equal(await known.text(), '2001:db8::1 https://shop.example')
        const unknown = await worker.fetch(ask('/'), {}, context())
        assert.equal(await unknown.text(), 'undefined https://shop.example')
      },
    },
    {
      name: 'builds the app once, from the bindings of the first request',
      async run() {
        let builds = 0
        const worker = serve(async (env: { NAME: string }) => {
          builds += 1
          return appOf(() => env.NAME)
        })
        const requests = ['a', 'b', 'c'].map((NAME) => worker.fetch(ask('/'), { NAME }, context()))
        const answers = await Promise.all(requests)
        assert.deepEqual(await Promise.all(answers.map((answer) => answer.text())), ['a', 'a', 'a'])
        assert.equal(builds, 1)
      },
    },
    {
      name: 'builds the app again after a failure',
      async run() {
        const errors: unknown[] = []
        const broken = new Error('no database')
        let builds = 0
        const worker = serve(
          () => {
            builds += 1
            if (builds === 1) throw broken
            return appOf(() => 'ok')
          },
          { onError: (error) => errors.push(error) },
        )
        const first = await worker.fetch(ask('/'), {}, context())
        assert.equal(first.status, 500)
        assert.equal((await first.json()).code, 'internal_error')
        assert.deepEqual(errors, [broken])
        const second = await worker.fetch(ask('/'), {}, context())
        assert.equal(await second.text(), 'ok')
      },
    },
    {
      name: 'flushes after the answer without keeping it waiting',
      async run() {
        const finish = Promise.withResolvers<void>()
        const flushed: App[] = []
        const waited: Promise<unknown>[] = []
        const app = appOf(() => 'ok')
        const worker = serve(app, {
          async flush(used) {
            await finish.promise
            flushed.push(used)
          },
        })
        const response = await worker.fetch(ask('/'), {}, context(waited))
        assert.equal(await response.text(), 'ok')
        assert.deepEqual(flushed, [])
        finish.resolve()
        await Promise.all(waited)
        assert.deepEqual(flushed, [app])
      },
    },
    {
      name: 'answers although flushing fails, and reports it',
      async run() {
        const errors: unknown[] = []
        const waited: Promise<unknown>[] = []
        const broken = new Error('collector is down')
        const worker = serve(
          appOf(() => 'ok'),
          { flush: () => Promise.reject(broken), onError: (error) => errors.push(error) },
        )
        const response = await worker.fetch(ask('/'), {}, context(waited))
        assert.equal(await response.text(), 'ok')
        await Promise.all(waited)
        assert.deepEqual(errors, [broken])
      },
    },
    {
      name: 'answers HEAD without the body and refuses split headers',
      async run() {
        const errors: unknown[] = []
        const worker = serve(
          appOf(({ path }) => ({
            status: 200,
            headers: path === '/split' ? { 'x-name': 'a\r\nb: c' } : {},
            body: 'text',
          })),
          { onError: (error) => errors.push(error) },
        )
        const head = await worker.fetch(ask('/', { method: 'HEAD' }), {}, context())
        assert.deepEqual([head.headers.get('content-length'), await head.text()], ['4', ''])
        const split = await worker.fetch(ask('/split'), {}, context())
        assert.equal(split.status, 500)
        assert.equal(errors.length, 1)
      },
    },
  ],
}

function ask(path: string, init: RequestInit = {}): Request {
  return new Request(`https://shop.example${path}`, init)
}

function context(waited: Promise<unknown>[] = []): WorkerContext {
  return { waitUntil: (promise) => void waited.push(promise) }
}

function appOf(handle: (incoming: Incoming) => string | Outgoing): App {
  return {
    async handle(incoming) {
      const answer = handle(incoming)
      return typeof answer === 'string' ? { status: 200, headers: {}, body: answer } : answer
    },
    fetch: () => Promise.reject(new Error('not used by this runtime')),
    close: async () => {},
  }
}
