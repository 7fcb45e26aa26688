import fc from 'fast-check'
import {
  type App,
  anyone,
  defineOperation,
  file,
  multipart,
  type Operation,
  type UploadedFile,
} from 'plinth/http'
import type { Issue } from 'plinth/kernel'
import * as v from 'valibot'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { appOf, ORIGIN, record } from './send.ts'

const define = defineOperation()
const Given = v.looseObject({})
const PNG = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 0x1a, 10, 1, 2, 3)

/** Answers with all that came. */
const upload = appOf(
  define({
    method: 'POST',
    path: '/upload',
    transaction: false,
    guard: anyone,
    bodyLimit: 2_000,
    body: multipart({
      fields: v.object({ title: v.string(), tag: v.optional(v.array(v.string())) }),
      files: {
        photo: file({ maxBytes: 100_000, mediaTypes: ['image/png', 'image/gif'], optional: true }),
        any: file({ maxBytes: 100_000, many: 3, optional: true }),
      },
    }),
    responses: { 200: Given },
    handler: async ({ body }) => {
      const files: Record<string, unknown>[] = []
      for await (const { stream, ...file } of body.files) {
        files.push({ ...file, content: await textOf(stream) })
      }
      return { status: 200, body: { fields: body.fields, files } }
    },
  }),
)

/** Bytes as characters of the same number. */
async function textOf(stream: ReadableStream<Uint8Array>): Promise<string> {
  let text = ''
  for await (const chunk of stream) for (const byte of chunk) text += String.fromCharCode(byte)
  return text
}

interface Answer {
  status: number
  body: {
    code?: string
    issues?: Issue[]
    fields?: Record<string, unknown>
    files?: Record<string, unknown>[]
  }
}

async function read(response: Response): Promise<Answer> {
  return { status: response.status, body: (await response.json()) as Answer['body'] }
}

async function postForm(form: FormData, app: App = upload): Promise<Answer> {
  return read(await app.fetch(new Request(`${ORIGIN}/upload`, { method: 'POST', body: form })))
}

const TYPE = 'multipart/form-data; boundary=B'

/** Sends bytes as they stand, in these chunks. */
async function postChunks(
  chunks: readonly Uint8Array[],
  { type = TYPE, app = upload }: { type?: string; app?: App } = {},
): Promise<Answer> {
  const body = streamOf(chunks)
  const init = { method: 'POST', headers: { 'content-type': type }, body, duplex: 'half' }
  return read(await app.fetch(new Request(`${ORIGIN}/upload`, init as RequestInit)))
}

/** A stream of these chunks, given one at a time. */
function streamOf(chunks: readonly Uint8Array[]): ReadableStream<Uint8Array> {
  const left = chunks.values()
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      const { done, value } = left.next()
      if (done) controller.close()
      else controller.enqueue(value)
    },
  })
}

const latin1 = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0))
const postText = (text: string, options: { type?: string; app?: App } = {}) =>
  postChunks([latin1(text)], options)

/** A part as it stands in a body whose boundary is B. */
const part = (head: string, content: string) => `--B\r\n${head}\r\n\r\n${content}\r\n`
const field = (name: string, value: string) =>
  part(`Content-Disposition: form-data; name="${name}"`, value)
const attached = (name: string, filename: string, content: string, type = 'text/plain') =>
  part(
    `Content-Disposition: form-data; name="${name}"; filename="${filename}"\r\nContent-Type: ${type}`,
    content,
  )
const END = '--B--\r\n'

describe('a multipart body', () => {
  it('brings fields and files', async () => {
    const form = new FormData()
    form.append('title', 'Ünïcode “quotes”\r\nlines')
    form.append('tag', 'a')
    form.append('tag', 'b')
    form.append('photo', new File([PNG], 'me.png', { type: 'image/png' }))
    form.append('any', new File(['one'], 'one.txt', { type: 'text/plain;charset=utf-8' }))
    form.append('any', new Blob(['two']))
    expect(await postForm(form)).toEqual({
      status: 200,
      body: {
        fields: { title: 'Ünïcode “quotes”\r\nlines', tag: ['a', 'b'] },
        files: [
          {
            name: 'photo',
            filename: 'me.png',
            mediaType: 'image/png',
            content: String.fromCharCode(...PNG),
          },
          { name: 'any', filename: 'one.txt', mediaType: 'text/plain', content: 'one' },
          {
            name: 'any',
            filename: 'blob',
            mediaType: 'application/octet-stream',
            content: 'two',
          },
        ],
      },
    })
  })

  it('is the same in whatever pieces it comes', async () => {
    const text = [
      field('title', 'a\r\n--'),
      attached('any', 'a.bin', '\r\n-B-\r\n--A\r\n-\r\n\r\n--\r', 'application/octet-stream'),
      attached('any', 'b.bin', '', 'application/octet-stream'),
      attached('any', 'c.bin', 'B--\r\n', 'application/octet-stream'),
      END,
    ].join('')
    const whole = await postText(text)
    expect(whole.body.files?.map(({ content }) => content)).toEqual([
      '\r\n-B-\r\n--A\r\n-\r\n\r\n--\r',
      '',
      'B--\r\n',
    ])
    const bytes = latin1(text)
    const cuts = fc.uniqueArray(fc.nat(bytes.length), { maxLength: 40 })
    await fc.assert(
      fc.asyncProperty(cuts, async (positions) => {
        const sorted = [0, ...positions.toSorted((a, b) => a - b), bytes.length]
        const chunks = sorted.slice(1).map((end, index) => bytes.slice(sorted[index], end))
        expect(await postChunks(chunks)).toEqual(whole)
      }),
      { numRuns: 200 },
    )
    const single = await postChunks(Array.from(bytes, (byte) => Uint8Array.of(byte)))
    expect(single).toEqual(whole)
  })

  it('is read as the platform writes it, whatever it holds', async () => {
    const any = appOf(
      define({
        method: 'POST',
        path: '/upload',
        transaction: false,
        guard: anyone,
        body: multipart({
          fields: v.record(v.string(), v.string()),
          files: { file: file({ maxBytes: 10_000, many: true, optional: true }) },
        }),
        responses: { 200: Given },
        handler: async ({ body }) => {
          const contents: string[] = []
          for await (const { stream } of body.files) contents.push(await textOf(stream))
          return { status: 200, body: { fields: body.fields, files: contents } }
        },
      }),
    )
    const special = fc.constantFrom(
      '\r',
      '\n',
      '"',
      '\\',
      '--',
      ';',
      '=',
      '.',
      '[a]',
      'é',
      '\u{1f600}',
    )
    const text = fc
      .array(fc.oneof(special, fc.string({ unit: 'grapheme', maxLength: 3 })), { maxLength: 6 })
      .map((parts) => parts.join('').replaceAll('\0', ''))
    const key = text.filter((name) => name !== '__proto__' && !/%(?:22|0d|0a)|[\r\n]/i.test(name))
    const files = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 3 })
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(key, text, { noNullPrototype: true }),
        files,
        async (fields, contents) => {
          const form = new FormData()
          for (const [name, value] of Object.entries(fields)) form.append(name, value)
          for (const content of contents)
            form.append('file', new Blob([new Uint8Array(content)]), 'x')
          const request = new Request(ORIGIN, { method: 'POST', body: form })
          const platform = await request.clone().formData()
          const expected = Object.fromEntries(
            [...platform].filter(([, value]) => typeof value === 'string'),
          )
          const { status, body } = await postForm(form, any)
          expect(status).toBe(200)
          expect(body.fields).toEqual(expected)
          expect(body.files).toEqual(contents.map((bytes) => String.fromCharCode(...bytes)))
        },
      ),
    )
  })

  it('gives its types to handler and client', () => {
    const operation = define({
      method: 'POST',
      path: '/x',
      transaction: false,
      body: multipart({
        fields: v.object({ n: v.pipe(v.string(), v.toNumber()) }),
        files: {
          photo: file({ maxBytes: 1 }),
          more: file({ maxBytes: 1, many: true }),
          maybe: file({ maxBytes: 1, optional: true }),
        },
      }),
      responses: { 204: null },
      handler: ({ body }) => {
        expectTypeOf(body.fields).toEqualTypeOf<{ n: number }>()
        expectTypeOf(body.files).toEqualTypeOf<
          AsyncIterable<UploadedFile<'photo' | 'more' | 'maybe'>>
        >()
        return { status: 204 }
      },
    })
    type Input = typeof operation extends Operation<infer I, unknown> ? I : never
    expectTypeOf<Input>().toExtend<{
      body: {
        fields: { n: string }
        files: { photo: Blob; more: readonly Blob[]; maybe?: Blob }
      }
    }>()
  })
})

describe('a malformed multipart body', () => {
  const title = field('title', 'a')
  it.each([
    ['nothing', ''],
    ['no boundary', 'hello'],
    ['a preamble', `x\r\n${title}${END}`],
    ['a line before its boundary', `x${title}${END}`],
    ['an epilogue', `${title}${END}x`],
    ['two lines after its end', `${title}${END}\r\n`],
    ['a longer boundary', `${title}--BB--\r\n`],
    ['padding after a boundary', `--B \r\n${title.slice(5)}${END}`],
    ['lines that end in LF', `${title}${END}`.replaceAll('\r\n', '\n')],
    ['lines that end in CR', `${title}${END}`.replaceAll('\r\n', '\r')],
    ['a part without header', `--B\r\n\r\na\r\n${END}`],
    ['a part that is nothing', `--B\r\n${END}`],
    ['a part without name', part('Content-Disposition: form-data', 'a') + END],
    ['a part of another kind', part('Content-Disposition: attachment; name="title"', 'a') + END],
    ['no disposition', part('Content-Type: text/plain', 'a') + END],
    ['two names', part('Content-Disposition: form-data; name="title"; name="x"', 'a') + END],
    [
      'two dispositions',
      part(
        'Content-Disposition: form-data; name="title"\r\nContent-Disposition: form-data; name="x"',
        'a',
      ) + END,
    ],
    [
      'two file names',
      part('Content-Disposition: form-data; name="any"; filename="a"; filename="b"', 'a') + END,
    ],
    [
      'an extended file name',
      part(`Content-Disposition: form-data; name="any"; filename*=UTF-8''a.sh`, 'a') + END,
    ],
    ['a folded header', part('Content-Disposition: form-data;\r\n name="title"', 'a') + END],
    ['a space before a colon', part('Content-Disposition : form-data; name="title"', 'a') + END],
    ['an open quote', part('Content-Disposition: form-data; name="title', 'a') + END],
    ['text after a quote', part('Content-Disposition: form-data; name="title"x', 'a') + END],
    ['NUL in a header', part('Content-Disposition: form-data; name="ti\0tle"', 'a') + END],
    ['a bare CR in a header', part('Content-Disposition: form-data; name="a\rb"', 'a') + END],
    ['a header that is not UTF-8', part('Content-Disposition: form-data; name="\xff"', 'a') + END],
    ['a field that is not UTF-8', field('title', '\xff') + END],
    [
      'a transfer encoding',
      part(
        'Content-Disposition: form-data; name="title"\r\nContent-Transfer-Encoding: base64',
        'YQ==',
      ) + END,
    ],
    ['a long header', part(`X: ${'x'.repeat(9_000)}`, 'a') + END],
    ['endless header', `--B\r\nX: ${'x'.repeat(9_000)}`],
    ['a field after a file', title + attached('any', 'a', 'x') + field('tag', 'b') + END],
  ])('is refused with %s', async (_name, text) => {
    const { status, body } = await postText(text)
    expect([status, body.code]).toEqual([400, 'invalid_multipart'])
  })

  it('is refused wherever it is cut off', async () => {
    const text = `${title}${attached('any', 'a', 'content')}${END}`
    const ends = text.length - 2
    for (let length = 0; length < ends; length++) {
      const { status, body } = await postText(text.slice(0, length))
      expect([length, status, body.code]).toEqual([length, 400, 'invalid_multipart'])
    }
    expect((await postText(text.slice(0, ends))).status).toBe(200)
  })

  it.each([
    'multipart/form-data',
    'multipart/form-data; boundary=',
    'multipart/form-data; boundary=""',
    'multipart/form-data; boundary="B',
    'multipart/form-data; boundary="B "',
    'multipart/form-data; boundary=B; boundary=C',
    'multipart/form-data; boundary="a\\"b"',
    'multipart/form-data; boundary=ä',
    `multipart/form-data; boundary=${'b'.repeat(71)}`,
  ])('is refused by the content type %s', async (type) => {
    const { status, body } = await postText(`${title}${END}`, { type })
    expect([status, body.code]).toEqual([400, 'invalid_multipart'])
  })

  it.each([
    'multipart/form-data; boundary=B',
    'multipart/form-data;boundary="B"',
    'Multipart/Form-Data; Boundary=B; charset=utf-8',
    'multipart/form-data; charset=utf-8; boundary=B',
  ])('is none with the content type %s', async (type) => {
    expect((await postText(`${title}${END}`, { type })).status).toBe(200)
  })

  it.each([
    'text/plain',
    'application/json',
    'application/x-www-form-urlencoded',
    'multipart/mixed; boundary=B',
    'multipart/form-data, multipart/form-data; boundary=B',
  ])('[ASVS 4.1.1] is refused as %s', async (type) => {
    const body = `${title}${END}`
    const response = await upload.fetch(
      new Request(`${ORIGIN}/upload`, { method: 'POST', body, headers: { 'content-type': type } }),
    )
    expect([response.status, response.headers.get('accept')]).toEqual([415, 'multipart/form-data'])
  })

  it('is refused without a content type, and missed when it is empty', async () => {
    const ask = async (body: BodyInit | null) =>
      read(await upload.fetch(new Request(`${ORIGIN}/upload`, { method: 'POST', body })))
    const untyped = await ask(latin1(`${title}${END}`))
    expect([untyped.status, untyped.body.code]).toEqual([415, 'unsupported_media_type'])
    const empty = await ask(null)
    expect([empty.status, empty.body.code]).toEqual([400, 'missing_body'])
  })

  it('never fails a server, whatever it is', async () => {
    const tokens = fc.constantFrom(
      '--B',
      '\r\n',
      '--',
      'Content-Disposition: form-data',
      '; name="title"',
      '; filename="a"',
      '; name="any"',
      'Content-Type: image/png',
      'x',
      '\0',
      '\r',
      '\n',
      '"',
      ':',
      '\xff',
    )
    const bodies = fc.array(tokens, { maxLength: 40 }).map((parts) => parts.join(''))
    await fc.assert(
      fc.asyncProperty(bodies, async (text) => {
        const { status } = await postText(`--B\r\n${text}`)
        expect([200, 400, 422]).toContain(status)
      }),
      { numRuns: 500 },
    )
  })
})

describe('fields of a multipart body', () => {
  it.each([
    ['other', 'x', 'body.fields.other', 'Unknown key'],
    ['__proto__', 'x', 'body.fields.__proto__', 'Unknown key'],
    ['__proto__[x]', 'x', 'body.fields.__proto__[x]', 'Unknown key'],
    ['constructor.prototype.x', 'x', 'body.fields.constructor.prototype.x', 'Unknown key'],
    ['title', 'twice', 'body.fields.title', 'Given more than once'],
    ['tag', 'a\0b', 'body.fields.tag', 'Holds the character NUL'],
  ])('[family 8] [ASVS 15.3.6] refuse %s of %j', async (name, value, path, message) => {
    const { status, body } = await postText(field('title', 'a') + field(name, value) + END)
    expect(status).toBe(422)
    expect(body.issues).toContainEqual({ path, message })
    expect(({} as Record<string, unknown>)['x']).toBeUndefined()
  })

  it('are refused in another encoding than UTF-8', async () => {
    const head = 'Content-Disposition: form-data; name="title"\r\nContent-Type: text/plain;charset='
    expect((await postText(part(`${head}latin1`, 'a') + END)).body.issues).toEqual([
      { path: 'body.fields.title', message: 'Is not in UTF-8' },
      { path: 'body.fields.title', message: 'Missing' },
    ])
    expect((await postText(part(`${head}UTF-8`, 'a') + END)).status).toBe(200)
  })

  it('are bounded in their size', async () => {
    const { status, body } = await postText(field('title', 'x'.repeat(2_000)) + END)
    expect([status, body.code]).toEqual([413, 'body_too_large'])
    const many = field('tag', 'x').repeat(60)
    expect((await postText(field('title', 'a') + many + END)).status).toBe(413)
  })

  it('are bounded in their number', async () => {
    const wide = appOf(
      define({
        method: 'POST',
        path: '/upload',
        guard: anyone,
        body: multipart({ fields: v.object({ tag: v.array(v.string()) }) }),
        responses: { 200: Given },
        handler: ({ body }) => ({ status: 200, body: { count: body.fields.tag.length } }),
      }),
    )
    const ask = (count: number) => postText(field('tag', '').repeat(count) + END, { app: wide })
    expect((await ask(1_000)).status).toBe(200)
    const { status, body } = await ask(1_001)
    expect([status, body.code]).toEqual([400, 'invalid_multipart'])
  })
})

describe('files of a multipart body', () => {
  const title = field('title', 'a')
  const issuesOf = async (text: string) => {
    const { status, body } = await postText(title + text + END)
    expect(status).toBe(422)
    return body.issues
  }
  const png = String.fromCharCode(...PNG)

  it.each([
    ['other', 'a.png', png, 'image/png', 'Unknown file'],
    ['__proto__', 'a.png', png, 'image/png', 'Unknown file'],
    ['toString', 'a.png', png, 'image/png', 'Unknown file'],
    ['photo', 'a.png', 'GIF89a', 'image/png', 'Is not image/png'],
    ['photo', 'a.png', '<script>', 'image/png', 'Is not image/png'],
    ['photo', 'a.png', '', 'image/png', 'Is not image/png'],
    ['photo', 'a.png', png.slice(0, 7), 'image/png', 'Is not image/png'],
    ['photo', 'a.html', png, 'image/png', 'Is not named as image/png is'],
    ['photo', 'a.png.exe', png, 'image/png', 'Is not named as image/png is'],
    ['photo', 'a.svg', '<svg/>', 'image/svg+xml', 'Expected image/png or image/gif'],
    ['photo', 'a.png', png, 'text/html', 'Expected image/png or image/gif'],
    ['any', 'a.pdf', 'MZ', 'application/pdf', 'Is not application/pdf'],
  ])(
    '[ASVS 5.2.2] are refused as %s named %s of %j as %s',
    async (name, filename, content, type, message) => {
      const issues = await issuesOf(attached(name, filename, content, type))
      expect(issues).toEqual([{ path: `body.files.${name}`, message }])
    },
  )

  it.each([
    ['image/png', 'a.PNG', png],
    ['image/jpeg', 'a.jpeg', '\xff\xd8\xff\xe0'],
    ['image/gif', 'a.gif', 'GIF87a'],
    ['image/webp', 'a.webp', 'RIFF\x01\x02\x03\x04WEBPVP8 '],
    ['application/pdf', 'a.pdf', '%PDF-1.7'],
    ['application/zip', 'a.zip', 'PK\x03\x04'],
    ['application/gzip', 'a.tar.gz', '\x1f\x8b\x08'],
    ['video/mp4', 'a.mp4', '\0\0\0\x18ftypisom'],
    ['audio/mpeg', 'a.mp3', 'ID3\x04'],
    ['audio/mpeg', 'a', '\xff\xfb\x90'],
    ['text/html', 'a.html', '<p>'],
    ['image/png', 'blob', png],
  ])('[ASVS 5.2.2] are taken as %s named %s of %j', async (type, filename, content) => {
    const { status, body } = await postText(title + attached('any', filename, content, type) + END)
    expect([status, body.files?.[0]?.['content']]).toEqual([200, content])
  })

  it('are refused when too many come', async () => {
    expect(await issuesOf(attached('any', 'a', 'x').repeat(4))).toEqual([
      { path: 'body.files.any', message: 'Given too often' },
    ])
  })

  it('may be a file input that was left empty', async () => {
    const empty = attached('photo', '', '', 'application/octet-stream')
    const { status, body } = await postText(empty + title + empty + END)
    expect([status, body.files]).toEqual([200, []])
  })

  const required = appOf(
    define({
      method: 'POST',
      path: '/upload',
      transaction: false,
      guard: anyone,
      body: multipart({ files: { first: file({ maxBytes: 10 }), second: file({ maxBytes: 10 }) } }),
      responses: { 200: Given },
      handler: async ({ body }) => {
        const names: string[] = []
        for await (const { name } of body.files) names.push(name)
        return { status: 200, body: { names } }
      },
    }),
  )

  it('are missed when they are required', async () => {
    const missing = (name: string) => ({ path: `body.files.${name}`, message: 'Missing' })
    const none = await postText(END, { app: required })
    expect([none.status, none.body.issues]).toEqual([422, [missing('first'), missing('second')]])
    const one = await postText(attached('second', 'a', 'x') + END, { app: required })
    expect([one.status, one.body.issues]).toEqual([422, [missing('first')]])
  })

  it('come without fields where none are declared', async () => {
    const { status, body } = await postText(field('title', 'a') + END, { app: required })
    expect(status).toBe(422)
    expect(body.issues).toContainEqual({ path: 'body.fields.title', message: 'Unknown key' })
  })

  it('may be passed over without being read', async () => {
    const both = attached('first', 'a', '0123456789') + attached('second', 'b', 'x') + END
    expect((await postText(both, { app: required })).body).toEqual({ names: ['first', 'second'] })
  })

  it('[ASVS 5.2.1] are bounded in their size, read or passed over', async () => {
    const long = attached('first', 'a', '0123456789x') + attached('second', 'b', 'x') + END
    const { status, body } = await postText(long, { app: required })
    expect([status, body.code]).toEqual([413, 'body_too_large'])
    const read = await postText(title + attached('any', 'a', 'x'.repeat(100_001)) + END)
    expect([read.status, read.body.code]).toEqual([413, 'body_too_large'])
  })

  it('[ASVS 5.2.1] are bounded together, announced or not', async () => {
    const app = appOf(
      define({
        method: 'POST',
        path: '/upload',
        transaction: false,
        guard: anyone,
        body: multipart({ files: { a: file({ maxBytes: 1_000, many: 9 }) }, maxBytes: 1_500 }),
        responses: { 200: Given },
        handler: async ({ body }) => {
          for await (const _file of body.files);
          return { status: 200, body: {} }
        },
      }),
    )
    const one = attached('a', 'a', 'x'.repeat(600))
    expect((await postText(one + END, { app })).status).toBe(200)
    expect((await postText(one.repeat(40) + END, { app })).status).toBe(413)
    const form = new FormData()
    for (let count = 0; count < 2; count++) form.append('a', new Blob(['x'.repeat(800)]))
    const response = await app.fetch(
      new Request(`${ORIGIN}/upload`, {
        method: 'POST',
        body: form,
        headers: { 'content-length': '2000' },
      }),
    )
    expect(response.status).toBe(413)
  })

  it.each([
    ['../../etc/passwd', 'passwd'],
    ['..\\\\..\\\\boot.ini', 'boot.ini'],
    ['C:\\\\dir\\\\a.txt', 'a.txt'],
    ['/', 'file'],
    ['..', 'file'],
    ['.htaccess', 'htaccess'],
    ['a.txt.', 'a.txt'],
    ['a\u202egnp.exe', 'agnp.exe'],
    ['a%0D%0Ab', 'ab'],
    ['a%22b', 'a_b'],
    ['a<b>:c|d?e*f', 'a_b__c_d_e_f'],
    ['con', '_con'],
    ['COM1.txt', '_COM1.txt'],
    ['nul.tar.gz', '_nul.tar.gz'],
    ['console.log', 'console.log'],
    ['A\u030a.txt', '\u00c5.txt'],
    [`${'é'.repeat(300)}.png`, `${'é'.repeat(125)}.png`],
    [`${'x'.repeat(300)}`, 'x'.repeat(255)],
    ['  a b  ', 'a b'],
    ['文件.txt', '文件.txt'],
  ])('[ASVS 1.3.3] [ASVS 5.3.2] are named harmlessly: %j', async (filename, safe) => {
    const bytes = new TextEncoder().encode(
      title + attached('any', filename, 'x', 'text/plain') + END,
    )
    const { status, body } = await postChunks([bytes])
    expect([status, body.files?.[0]?.['filename']]).toEqual([200, safe])
  })

  it('are streamed no faster than they are read', async () => {
    let sent = 0
    const chunk = new Uint8Array(10_000)
    const head = latin1(attached('file', 'a', '').slice(0, -2))
    const source = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          sent += 1
          if (sent === 1) controller.enqueue(head)
          else if (sent < 100) controller.enqueue(chunk)
          else {
            controller.enqueue(latin1(`\r\n${END}`))
            controller.close()
          }
        },
      },
      { highWaterMark: 0 },
    )
    const seen: number[] = []
    const app = appOf(
      define({
        method: 'POST',
        path: '/upload',
        transaction: false,
        guard: anyone,
        body: multipart({ files: { file: file({ maxBytes: 10_000_000 }) } }),
        responses: { 200: Given },
        handler: async ({ body }) => {
          for await (const { stream } of body.files) {
            for await (const _chunk of stream) seen.push(sent)
          }
          return { status: 200, body: {} }
        },
      }),
    )
    const init = { method: 'POST', headers: { 'content-type': TYPE }, body: source, duplex: 'half' }
    const response = await app.fetch(new Request(`${ORIGIN}/upload`, init as RequestInit))
    expect(response.status).toBe(200)
    expect(seen.length).toBeGreaterThan(90)
    for (const [index, count] of seen.entries()) expect(count).toBeLessThanOrEqual(index + 4)
  })

  it('cannot be read when the request is answered', async () => {
    let kept: ReadableStream<Uint8Array> | undefined
    const app = appOf(
      define({
        method: 'POST',
        path: '/upload',
        transaction: false,
        guard: anyone,
        body: multipart({ files: { file: file({ maxBytes: 1_000 }) } }),
        responses: { 204: null },
        handler: async ({ body }) => {
          for await (const { stream } of body.files) {
            kept = stream
            break
          }
          return { status: 204 }
        },
      }),
    )
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(latin1(attached('file', 'a', 'x'.repeat(50)))),
    })
    const init = { method: 'POST', headers: { 'content-type': TYPE }, body, duplex: 'half' }
    const response = await app.fetch(new Request(`${ORIGIN}/upload`, init as RequestInit))
    expect(response.status).toBe(204)
    await expect(new Response(kept).text()).rejects.toThrow()
  })

  it('cannot be read after the next was asked for', async () => {
    const app = appOf(
      define({
        method: 'POST',
        path: '/upload',
        transaction: false,
        guard: anyone,
        body: multipart({ files: { file: file({ maxBytes: 1_000, many: true }) } }),
        responses: { 200: Given },
        handler: async ({ body }) => {
          const streams: ReadableStream<Uint8Array>[] = []
          for await (const { stream } of body.files) streams.push(stream)
          return { status: 200, body: { texts: await Promise.all(streams.map(textOf)) } }
        },
      }),
      { signals: record().signals },
    )
    expect((await postText(attached('file', 'a', 'x') + END, { app })).status).toBe(500)
  })
})

describe('the declaration of a multipart body', () => {
  it.each([
    ['no size', () => file({} as never)],
    ['a size of 0', () => file({ maxBytes: 0 })],
    ['an unknown option', () => file({ maxBytes: 1, max: 2 } as never)],
    ['no media types', () => file({ maxBytes: 1, mediaTypes: [] })],
    ['a media type in upper case', () => file({ maxBytes: 1, mediaTypes: ['Image/PNG'] })],
    ['a wildcard', () => file({ maxBytes: 1, mediaTypes: ['image/*'] })],
    ['a negative number', () => file({ maxBytes: 1, many: -1 })],
    ['a file that is none', () => multipart({ files: { a: {} as never } })],
    ['another option', () => multipart({ file: {} } as never)],
  ])('is misuse with %s', (_name, declare) => {
    expect(declare).toThrow(expect.objectContaining({ code: 'misuse' }))
  })

  it('is misuse in a transaction', () => {
    const operation = define({
      method: 'POST',
      path: '/x',
      body: multipart({ files: { a: file({ maxBytes: 1 }) } }),
      responses: { 204: null },
      handler: () => ({ status: 204 }),
    })
    expect(() => appOf(operation)).toThrow(/streamed body, which needs transaction: false/)
  })
})
