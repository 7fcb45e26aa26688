import {
  anyone,
  type DownloadBody,
  type DownloadSource,
  defineOperation,
  download,
} from 'plinth/http'
import { describe, expect, it } from 'vitest'
import { appOf, record, send } from './send.ts'
import { chunk, get, readerOf } from './streams.ts'

const TEXT = 'abcdefghij'

function fileOf(body: () => DownloadBody, headers: Record<string, string> = {}) {
  return defineOperation()({
    method: 'GET',
    path: '/x',
    responses: { 200: download('application/pdf') },
    guard: anyone,
    handler: () => ({ status: 200, headers, body: body() }),
  })
}

/** A file of the ten letters that tells what was read of it. */
function source(own: Partial<DownloadSource> = {}) {
  const reads: [number, number][] = []
  const body: DownloadSource = {
    size: TEXT.length,
    read(start, end) {
      reads.push([start, end])
      return new TextEncoder().encode(TEXT.slice(start, end))
    },
    ...own,
  }
  return { body, reads }
}

const modified = new Date('2026-01-31T09:30:00.500Z')
const MODIFIED = 'Sat, 31 Jan 2026 09:30:00 GMT'

describe('a download', () => {
  it.each<[string, () => DownloadBody]>([
    ['a Blob', () => new Blob([TEXT])],
    ['a source of bytes', () => source().body],
    [
      'a source of a promise',
      () => source({ read: async () => new TextEncoder().encode(TEXT) }).body,
    ],
    ['a source of a stream', () => source({ read: () => new Blob([TEXT]).stream() }).body],
    [
      'a source of a stream later',
      () => source({ read: async () => new Blob([TEXT]).stream() }).body,
    ],
  ])('is %s, with its length and type', async (_, body) => {
    const { status, headers, text } = await send(appOf(fileOf(body)), 'GET /x')
    expect([status, text]).toEqual([200, TEXT])
    expect(headers.get('content-type')).toBe('application/pdf')
    expect(headers.get('content-length')).toBe('10')
    expect(headers.get('accept-ranges')).toBe('bytes')
    expect(headers.get('content-disposition')).toBe('attachment')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
  })

  it('tells its validators', async () => {
    const { body } = source({ etag: 'v1', lastModified: modified })
    const { headers } = await send(appOf(fileOf(() => body)), 'GET /x')
    expect(headers.get('etag')).toBe('"v1"')
    expect(headers.get('last-modified')).toBe(MODIFIED)
    expect(headers.get('cache-control')).toBe('private, no-cache')
  })

  it.each([
    ['if-none-match', '"v1"'],
    ['if-modified-since', MODIFIED],
  ])('is not sent to whoever has it by %s', async (name, value) => {
    const { body, reads } = source({ etag: 'v1', lastModified: modified })
    const { status, text, headers } = await send(appOf(fileOf(() => body)), 'GET /x', {
      headers: { [name]: value, range: 'bytes=0-1' },
    })
    expect([status, text, reads]).toEqual([304, '', []])
    expect(headers.has('content-disposition')).toBe(false)
  })

  it('is not read for HEAD', async () => {
    const { body, reads } = source()
    const { status, headers, text } = await send(appOf(fileOf(() => body)), 'HEAD /x', {
      headers: { range: 'bytes=0-1' },
    })
    expect([status, headers.get('content-length'), text, reads]).toEqual([200, '10', '', []])
  })

  it('may be empty', async () => {
    const { body, reads } = source({ size: 0 })
    const app = appOf(fileOf(() => body))
    const { status, text } = await send(app, 'GET /x')
    expect([status, text, reads]).toEqual([200, '', []])
    const part = await send(app, 'GET /x', { headers: { range: 'bytes=0-' } })
    expect([part.status, part.headers.get('content-range')]).toEqual([416, 'bytes */0'])
  })

  it.each<[string, Partial<DownloadSource>]>([
    ['too few bytes', { size: 11 }],
    ['too many bytes', { read: () => new Uint8Array(11) }],
    [
      'an error',
      {
        read: () => {
          throw new Error('disk')
        },
      },
    ],
    [
      'an error later',
      {
        read: async () => {
          throw new Error('disk')
        },
      },
    ],
    ['nothing', { read: () => undefined as never }],
  ])('breaks off when its source gives %s', async (_, own) => {
    const { signals, logs } = record()
    const app = appOf(
      fileOf(() => source(own).body),
      { signals },
    )
    const response = await app.fetch(get())
    await expect(response.arrayBuffer()).rejects.toMatchObject({ code: 'stream_failed' })
    expect(logs).toHaveLength(1)
  })

  it.each<[string, unknown]>([
    ['text', 'abc'],
    ['bytes without a size', { read: () => new Uint8Array() }],
    ['a size without bytes', { size: 3 }],
    ['a negative size', { size: -1, read: () => new Uint8Array() }],
    ['an invalid date', { ...source().body, lastModified: new Date(Number.NaN) }],
    ['an etag that cannot be sent', { ...source().body, etag: 'a"\r\nb' }],
    ['null', null],
  ])('cannot be %s', async (_, body) => {
    const { signals, logs } = record()
    const app = appOf(
      fileOf(() => body as never),
      { signals },
    )
    expect((await send(app, 'GET /x')).status).toBe(500)
    expect(logs[0]?.error).toMatchObject({ code: 'misuse' })
  })

  it('lets go of its source when the client goes away', async () => {
    const cancelled = Promise.withResolvers<unknown>()
    const endless = new ReadableStream<Uint8Array>({
      pull: () => new Promise(() => {}),
      cancel: (reason) => cancelled.resolve(reason),
    })
    const app = appOf(fileOf(() => source({ read: () => endless }).body))
    const reader = readerOf(await app.fetch(get()))
    void chunk(reader).catch(() => {})
    await new Promise((resolve) => setTimeout(resolve, 1))
    await reader.cancel()
    await cancelled.promise
  })
})

describe('a range', () => {
  it.each([
    ['bytes=0-0', 'a', 'bytes 0-0/10'],
    ['bytes=0-', TEXT, 'bytes 0-9/10'],
    ['bytes=2-5', 'cdef', 'bytes 2-5/10'],
    ['bytes=9-9', 'j', 'bytes 9-9/10'],
    ['bytes=8-1000', 'ij', 'bytes 8-9/10'],
    ['bytes=-3', 'hij', 'bytes 7-9/10'],
    ['bytes=-1000', TEXT, 'bytes 0-9/10'],
    ['Bytes=2-5', 'cdef', 'bytes 2-5/10'],
    ['bytes=000002-5', 'cdef', 'bytes 2-5/10'],
    ['bytes=5-999999999999999', 'fghij', 'bytes 5-9/10'],
  ])('of %s is that part', async (range, part, contentRange) => {
    const { body, reads } = source()
    const { status, headers, text } = await send(appOf(fileOf(() => body)), 'GET /x', {
      headers: { range },
    })
    expect([status, text, headers.get('content-range')]).toEqual([206, part, contentRange])
    expect(headers.get('content-length')).toBe(String(part.length))
    expect(reads).toHaveLength(1)
  })

  it.each([
    'bytes=0-1,2-3',
    'bytes=0-,0-,0-',
    'bytes=5-2',
    'bytes=-',
    'bytes=',
    'bytes',
    'bytes=a-b',
    'bytes=1.5-3',
    'bytes=+1-3',
    'bytes=--3',
    'bytes=0x1-3',
    'items=0-1',
    'bytes=0-99999999999999999999',
    '0-1',
    '',
  ])('of %j is no range to answer', async (range) => {
    const { status, text } = await send(appOf(fileOf(() => source().body)), 'GET /x', {
      headers: { range },
    })
    expect([status, text]).toEqual([200, TEXT])
  })

  it.each(['bytes=10-', 'bytes=10-20', 'bytes=-0', 'bytes=999999999999999-'])(
    'of %s is outside of the file',
    async (range) => {
      const { body, reads } = source()
      const {
        status,
        headers,
        body: problem,
      } = await send(appOf(fileOf(() => body)), 'GET /x', {
        headers: { range },
      })
      expect([status, headers.get('content-range'), reads]).toEqual([416, 'bytes */10', []])
      expect(problem).toMatchObject({ code: 'range_not_satisfiable' })
    },
  )

  it('[ASVS 15.2.2] of ten thousand parts is answered whole, once', async () => {
    const { body, reads } = source()
    const { status, text } = await send(appOf(fileOf(() => body)), 'GET /x', {
      headers: { range: `bytes=${Array.from({ length: 10_000 }, () => '0-').join(',')}` },
    })
    expect([status, text, reads]).toEqual([200, TEXT, [[0, 10]]])
  })

  it.each([
    ['"v1"', 206],
    ['W/"v1"', 200],
    ['"v2"', 200],
    ['"v1", "v1"', 200],
    ['*', 200],
    ['', 200],
    [MODIFIED, 206],
    ['Sat, 31 Jan 2026 09:30:01 GMT', 200],
    ['Sat, 31 Jan 2026 09:29:59 GMT', 200],
    ['yesterday', 200],
  ])('is answered to If-Range %s with %i', async (condition, expected) => {
    const { body } = source({ etag: '"v1"', lastModified: modified })
    const { status } = await send(appOf(fileOf(() => body)), 'GET /x', {
      headers: { range: 'bytes=0-1', 'if-range': condition },
    })
    expect(status).toBe(expected)
  })

  it('is not put together by a weak tag', async () => {
    const { body } = source({ etag: 'W/"v1"' })
    const { status } = await send(appOf(fileOf(() => body)), 'GET /x', {
      headers: { range: 'bytes=0-1', 'if-range': 'W/"v1"' },
    })
    expect(status).toBe(200)
  })
})

describe('the name of a download', () => {
  it.each([
    ['report.pdf', 'attachment; filename="report.pdf"'],
    ['näme.pdf', `attachment; filename="n_me.pdf"; filename*=UTF-8''n%C3%A4me.pdf`],
    ["it's (1)*.pdf", `attachment; filename="it's (1)_.pdf"`],
    ['../../etc/passwd', 'attachment; filename="passwd"'],
    ['C:\\Users\\a\\b.txt', 'attachment; filename="b.txt"'],
    ['a"b\\";c.txt', 'attachment; filename="_;c.txt"'],
    ['a\r\nset-cookie: x=1', 'attachment; filename="a__set-cookie_ x=1"'],
    ['a\0b', 'attachment; filename="a_b"'],
    ['.htaccess', 'attachment; filename="htaccess"'],
    ['..', 'attachment; filename="download"'],
    ['', 'attachment; filename="download"'],
    ['dir/', 'attachment; filename="download"'],
    ['100%.txt', `attachment; filename="100_.txt"; filename*=UTF-8''100%25.txt`],
    ['cod\u202etxt.exe', 'attachment; filename="cod_txt.exe"'],
    ['\ud800.txt', `attachment; filename="_.txt"; filename*=UTF-8''%EF%BF%BD.txt`],
    ['x'.repeat(5_000), `attachment; filename="${'x'.repeat(200)}"`],
  ])('[ASVS 5.4.1] of %j is made harmless', async (name, disposition) => {
    const { headers } = await send(appOf(fileOf(() => source({ name }).body)), 'GET /x')
    expect(headers.get('content-disposition')).toBe(disposition)
  })

  it('is that of a File', async () => {
    const { headers } = await send(appOf(fileOf(() => new File([TEXT], 'a.txt'))), 'GET /x')
    expect(headers.get('content-disposition')).toBe('attachment; filename="a.txt"')
  })

  it('gives way to a header of the answer', async () => {
    const inline = { 'Content-Disposition': 'inline' }
    const { headers } = await send(appOf(fileOf(() => source().body, inline)), 'GET /x')
    expect(headers.get('content-disposition')).toBe('inline')
  })
})
