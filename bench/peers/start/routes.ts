/** What every side makes ready: five hundred routes, a hundred kinds of thing with five each. */
import * as v from 'valibot'

export const kinds: readonly number[] = Array.from({ length: 100 }, (_, i) => i)

/** Made anew for each kind, as an app's own schemas are. */
export function schemasOf() {
  const entries = {
    title: v.pipe(v.string(), v.minLength(1), v.maxLength(200)),
    note: v.optional(v.string()),
    count: v.pipe(v.number(), v.integer(), v.minValue(0)),
    status: v.picklist(['draft', 'open', 'done']),
    tags: v.array(v.string()),
    place: v.strictObject({ street: v.string(), city: v.string() }),
  }
  const thing = v.strictObject({ id: v.string(), ...entries })
  return {
    thing,
    id: v.strictObject({ id: v.pipe(v.string(), v.maxLength(50)) }),
    input: v.strictObject(entries),
    patch: v.partial(v.strictObject(entries)),
    query: v.strictObject({ cursor: v.optional(v.string()) }),
    page: v.strictObject({ items: v.array(thing), next: v.nullable(v.string()) }),
  }
}

export const sample = {
  id: '7',
  title: 'A thing',
  count: 1,
  status: 'open',
  tags: ['a'],
  place: { street: 'Main Street', city: 'Springfield' },
} as const

type Fetch = (request: Request) => Response | Promise<Response>

/**
 * Runs in a process of its own: tells how long it took to declare the routes and to answer the first
 * request, which is when some routers build their tables.
 */
export async function tellStart(make: () => Fetch): Promise<void> {
  // Node loads the web's classes when they are first touched, which no server waits for here.
  const request = new Request('http://localhost/kind99/7')
  await new Response('').text()
  const from = performance.now()
  const answer = await make()(request)
  const milliseconds = performance.now() - from
  const { id } = (await answer.json()) as { id?: string }
  if (answer.status !== 200 || id !== '7') throw new Error(`answers ${answer.status}`)
  process.send?.({ milliseconds })
}
