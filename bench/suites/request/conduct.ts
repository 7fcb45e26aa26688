import type { HttpCall } from '../../harness/http.ts'
import { WrongAnswer } from '../../harness/rounds.ts'
import { note } from '../../peers/dataset.ts'
import { assertNote, type Note, type Page, pageSize, type Side } from './side.ts'

/**
 * Throws `WrongAnswer` unless the side does all that a fair comparison takes for granted: it finds,
 * lists and stores, asks for a session, keeps owners apart and refuses bad input without storing it.
 */
export async function checkConduct(side: Side): Promise<void> {
  const found = await expectStatus(side, 200, `/notes/${note(0, 7).id}`)
  assertNote(found as Note, 7)

  for (const headers of [{}, forged(side.credentials)]) {
    await expectStatus(side, 401, `/notes/${note(0, 7).id}`, { headers })
    await expectStatus(side, 401, side.pages[0] ?? '', { headers })
    await expectStatus(side, 401, '/notes', { ...write({ title: 'a', body: 'b' }), headers })
  }
  await expectStatus(side, 404, `/notes/${note(1, 7).id}`)

  const before = await newest(side)
  const refused = [
    { title: '', body: 'b' },
    { title: 'a'.repeat(201), body: 'b' },
    { title: 'a', body: 1 },
    { title: 'a' },
    { title: 'a', body: 'b', stray: true },
  ]
  for (const input of refused) await expectStatus(side, [400, 422], '/notes', write(input))
  if ((await newest(side)) !== before) throw new WrongAnswer('a refused note was stored')

  const created = (await expectStatus(
    side,
    201,
    '/notes',
    write({ title: 'a', body: 'b' }),
  )) as Note
  if ((await newest(side)) !== created.id)
    throw new WrongAnswer('a new note does not lead the list')
}

async function newest(side: Side): Promise<string | undefined> {
  const { items } = (await expectStatus(side, 200, side.pages[0] ?? '')) as Page
  if (items.length !== pageSize) throw new WrongAnswer(`the first page has ${items.length} notes`)
  return items[0]?.id
}

async function expectStatus(
  side: Side,
  expected: number | readonly number[],
  path: string,
  init?: HttpCall,
): Promise<unknown> {
  const { status, body } = await side.call(path, init)
  if ([expected].flat().includes(status)) return body
  const request = `${init?.method ?? 'GET'} ${path}`
  throw new WrongAnswer(
    `${request} answers ${status}, not ${expected}: ${JSON.stringify(body).slice(0, 200)}`,
  )
}

/** The same credentials with eight characters of the token turned round. */
function forged(credentials: Record<string, string>): Record<string, string> {
  const turned = (value: string): string =>
    value.replace(/(?<=(?:Bearer |=)\S{12})\S{8}/, (start) => [...start].reverse().join(''))
  return Object.fromEntries(
    Object.entries(credentials).map(([name, value]) => [name, turned(value)]),
  )
}

function write(input: unknown): HttpCall {
  return { method: 'POST', body: JSON.stringify(input) }
}
