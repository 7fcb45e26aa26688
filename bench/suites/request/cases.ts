import { WrongAnswer } from '../../harness/rounds.ts'
import { note, notesPerOwner } from '../../peers/dataset.ts'
import { assertNote, type Note, type Page, pageSize, type Side } from './side.ts'

export interface RequestCase {
  readonly name: string
  /** The one status that is right. */
  readonly status: number
  /** Whole HTTP/1.1 requests, sent in turn. */
  readonly requests: (side: Side) => string[]
  /** Throws `WrongAnswer` when the answer to that request is not the one expected. */
  readonly check: (side: Side, sample: { request: number; body: string }) => Promise<void>
}

const get: RequestCase = {
  name: 'get',
  status: 200,
  requests: (side) =>
    Array.from({ length: notesPerOwner }, (_, index) =>
      toRequest(side, `GET /notes/${note(0, index).id}`),
    ),
  check: async (_side, { request, body }) => assertNote(JSON.parse(body) as Note, request),
}

const list: RequestCase = {
  name: 'list',
  status: 200,
  requests: (side) => side.pages.map((page) => toRequest(side, `GET ${page}`)),
  check: async (_side, { request, body }) => {
    const { items } = JSON.parse(body) as Page
    if (items.length !== pageSize) throw new WrongAnswer(`a page of ${items.length} notes`)
    // Notes written since would be on the first page only; cursors hold the later ones in place.
    if (request === 0) return
    for (const [place, item] of items.entries()) {
      assertNote(item, notesPerOwner - 1 - request * pageSize - place)
    }
  },
}

const post: RequestCase = {
  name: 'post',
  status: 201,
  requests: (side) =>
    Array.from({ length: notesPerOwner }, (_, index) =>
      toRequest(side, 'POST /notes', JSON.stringify(written(index))),
    ),
  check: async (side, { request, body }) => {
    const created = JSON.parse(body) as Note
    const { title, body: text } = written(request)
    const stored = await side.call(`/notes/${created.id}`)
    const found = stored.body as Note
    for (const answer of [created, found]) {
      if (answer.title === title && answer.body === text) continue
      throw new WrongAnswer(`wrote ${title}, got ${JSON.stringify(answer)}`)
    }
  },
}

export const cases: readonly RequestCase[] = [get, list, post]

function written(index: number): { title: string; body: string } {
  return { title: `Written ${index}`, body: note(0, index).body }
}

function toRequest(side: Side, line: string, body?: string): string {
  const headers: Record<string, string> = {
    host: `127.0.0.1:${side.port}`,
    accept: 'application/json',
    'user-agent': 'plinth-bench',
    ...side.credentials,
  }
  if (body !== undefined) {
    headers['content-type'] = 'application/json'
    headers['content-length'] = String(Buffer.byteLength(body))
  }
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  return `${line} HTTP/1.1\r\n${head.join('\r\n')}\r\n\r\n${body ?? ''}`
}
