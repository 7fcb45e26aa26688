import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import type { ShopDatabase } from '../shop/databases.ts'

/** Where a process may die on the way of a keyed request. */
export const STEPS = ['asked', 'claimed', 'worked', 'committed'] as const

type Step = (typeof STEPS)[number]

interface OrderProcess {
  readonly url: string
  end(signal: NodeJS.Signals): Promise<void>
}

interface Answer {
  readonly status: number
  readonly text: string
}

/**
 * Lets a process die at a step of a keyed request that many send, and has two others be sent the same
 * request many times more, at once: one effect, and the same answer to all.
 */
export async function crashAndRepeat(
  database: ShopDatabase,
  { step, duplicates }: { readonly step: Step; readonly duplicates: number },
): Promise<void> {
  const fresh = await database.fresh()
  const first = await startOrders(fresh.address, step)
  expect(await repeat([first.url], 20)).toEqual([])
  await first.end('SIGKILL')
  const left = await rowsOf(fresh)
  expect(left).toHaveLength(step === 'committed' ? 1 : 0)

  const others = [await startOrders(fresh.address), await startOrders(fresh.address)]
  const answers = await repeat(
    others.map(({ url }) => url),
    duplicates,
  )
  for (const other of others) await other.end('SIGTERM')
  const rows = await rowsOf(fresh)
  expect(answers).toHaveLength(duplicates)
  expect([...new Set(answers.map(({ status, text }) => `${status} ${text}`))]).toEqual([
    `201 ${JSON.stringify({ id: rows[0]?.[0], title: 'Milk' })}`,
  ])
  expect(rows).toHaveLength(1)
  if (step === 'committed') expect(rows).toEqual(left)
  await fresh.drop()
}

async function rowsOf(fresh: Awaited<ReturnType<ShopDatabase['fresh']>>): Promise<unknown[][]> {
  return fresh.read('SELECT CAST(id AS VARCHAR(36)) FROM goods')
}

async function startOrders(address: string, step?: Step): Promise<OrderProcess> {
  const program = fileURLToPath(new URL('order-process.ts', import.meta.url))
  const child = spawn('node', [program, address, ...(step ? [step] : [])], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const url = await firstLine(child)
  return {
    url,
    async end(signal) {
      child.kill(signal)
      await exited
    },
  }
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new Error('the child has no standard output')
  for await (const line of createInterface({ input: child.stdout })) return line
  throw new Error('the process ended before it was open')
}

/** Sends one and the same request so many times at once; what got no answer is left out. */
async function repeat(urls: readonly string[], times: number): Promise<Answer[]> {
  const sent = Array.from({ length: times }, async (_, at): Promise<Answer[]> => {
    try {
      const response = await fetch(`${urls[at % urls.length]}/orders`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': '"the-one"' },
        body: '{"title":"Milk"}',
      })
      return [{ status: response.status, text: await response.text() }]
    } catch {
      return []
    }
  })
  return (await Promise.all(sent)).flat()
}
