/** What a Worker sends to a collector: between its requests it may do nothing, and they share no input or output. */

import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { type Miniflare, Response } from 'miniflare'
import { openWorker } from './runtimes.ts'

/** Milliseconds that what is under way may take to arrive. */
const PATIENCE = 20_000

/** Rejects when a span of a request, or an alert, does not arrive. */
export async function checkExporting(folder: string): Promise<void> {
  let answers = true
  let alerted = false
  const traces = new Set<string>()
  const worker: Miniflare = openWorker(`${folder}/exporting.js`, {
    async outboundService(request) {
      if (!answers) return new Promise<Response>(() => {})
      if (request.url.startsWith('https://pager.example')) {
        alerted = true
        return new Response('taken')
      }
      const body = gunzipSync(await request.arrayBuffer())
      for (const trace of body.toString().matchAll(/"traceId":"(\w{32})"/g))
        traces.add(trace[1] ?? '')
      return new Response('{}', { headers: { 'content-type': 'application/json' } })
    },
  })
  try {
    await Promise.all(Array.from({ length: 10 }, () => ask(worker)))
    await arrive(traces, 10)
    // While nobody takes what is sent, it is lost; afterwards all goes on.
    answers = false
    await Promise.all(Array.from({ length: 10 }, () => ask(worker)))
    await pause(6000)
    answers = true
    const before = traces.size
    await Promise.all(Array.from({ length: 10 }, () => ask(worker)))
    await arrive(traces, before + 10)
    const until = performance.now() + PATIENCE
    for (; !alerted && performance.now() < until; await pause(150)) await ask(worker)
    assert.ok(alerted, 'no alert arrived')
  } finally {
    await worker.dispose()
  }
}

async function ask(worker: Miniflare): Promise<void> {
  const response = await worker.dispatchFetch('http://worker.example/health')
  await response.text()
  assert.equal(response.status, 200)
}

async function arrive(traces: ReadonlySet<string>, expected: number): Promise<void> {
  const until = performance.now() + PATIENCE
  while (traces.size < expected && performance.now() < until) await pause(20)
  assert.ok(traces.size >= expected, `of ${expected} requests ${traces.size} arrived`)
}
