/** Media types, forms, files, texts and bytes (families 3, 8 and 23). */

import { type Expected, json, type Sent, topic } from '../case.ts'

const { cases, one } = topic('Bodies')

export { cases as bodies }

const unsupported: Expected = {
  status: 415,
  code: 'unsupported_media_type',
  headers: { accept: true },
}
const send = (path: string, type: string | undefined, body: string | Uint8Array): Sent => ({
  line: `POST ${path}`,
  headers: type === undefined ? {} : { 'content-type': type },
  body,
})
const PNG = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 0x1a, 10, 0, 0)

/** Each kind of body, and the types that it is sent as. */
const kinds = {
  '/json': { type: 'application/json', content: '{"title":"a"}', status: 201 },
  '/form': { type: 'application/x-www-form-urlencoded', content: 'name=a', status: 200 },
  '/text': { type: 'text/plain', content: 'text', status: 200 },
  '/bytes': { type: 'application/octet-stream', content: 'bytes', status: 200 },
} as const
const types = [
  'application/json',
  'application/x-www-form-urlencoded',
  'text/plain',
  'application/octet-stream',
  'multipart/form-data; boundary=b',
  'text/html',
  'application/xml',
  'application/jsonp',
  'application/json2',
  'text/json',
  'json',
  'application',
  '*/*',
  '',
  'application/vnd.api+json',
  'text/plain, application/json',
  'application/merge-patch+json',
]
for (const [path, { type, content }] of Object.entries(kinds)) {
  for (const other of types.filter((each) => each !== type)) {
    one(
      `[ASVS 4.1.1] refuses ${JSON.stringify(other)} for the body of ${path}`,
      send(path, other, content),
      unsupported,
    )
  }
  one(`refuses a body without a type for ${path}`, send(path, undefined, content), unsupported)
  one(
    `refuses a body compressed with gzip for ${path}`,
    { ...send(path, type, content), headers: { 'content-type': type, 'content-encoding': 'gzip' } },
    {
      status: 415,
      headers: { 'accept-encoding': 'identity' },
    },
  )
  one(
    `refuses an unknown coding for ${path}`,
    { ...send(path, type, content), headers: { 'content-type': type, 'content-encoding': 'x' } },
    { status: 415 },
  )
}
for (const [path, { type, content, status }] of Object.entries(kinds)) {
  one(`reads ${type}`, send(path, type, content), { status })
  one(`reads ${type} in capitals`, send(path, type.toUpperCase(), content), { status })
  if (path === '/bytes') continue
  one(`reads ${type} in UTF-8`, send(path, `${type}; charset=utf-8`, content), { status })
  one(`reads ${type} in UTF-8 in quotes`, send(path, `${type};charset="UTF-8"`, content), {
    status,
  })
  for (const charset of ['utf-16', 'iso-8859-1', 'utf-7', 'utf8x', '"']) {
    one(
      `refuses ${type} in ${charset}`,
      send(path, `${type}; charset=${charset}`, content),
      unsupported,
    )
  }
}
for (const type of ['application/merge-patch+json', 'application/json']) {
  one(
    `takes ${type} where both are declared`,
    { ...send('/items/1', type, '{"title":"a"}'), line: 'PATCH /items/1' },
    { status: 200 },
  )
}
one(
  'takes identity for no coding',
  {
    ...json('POST /json', { title: 'a' }),
    headers: { 'content-type': 'application/json', 'content-encoding': 'identity' },
  },
  { status: 201 },
)

// Forms.
const form = (body: string) => send('/form', 'application/x-www-form-urlencoded', body)
const invalid = (path: string): Expected => ({
  status: 422,
  code: 'invalid_input',
  json: { issues: [{ path }] },
})
one('reads the fields of a form', form('name=a+b&tag=x&tag=%C3%BC'), {
  status: 200,
  json: { name: 'a b', tag: ['x', 'ü'] },
})
one('refuses a field that comes twice', form('name=a&name=b'), invalid('body.name'))
one('asks for a field', form('tag=a'), invalid('body.name'))
for (const key of [
  'other',
  '__proto__',
  '__proto__[a]',
  '__proto__.a',
  'constructor',
  'constructor[prototype][a]',
  'constructor.prototype.a',
  'a.b',
  'name[]',
  'name[a]',
  'tag[0]',
  'tag[__proto__]',
  'toString',
  '$ne',
  'name[$ne]',
]) {
  one(
    `[ASVS 15.3.6] [family 8] takes ${key} of a form for a plain key that is unknown`,
    form(`name=a&${encodeURIComponent(key)}=b`),
    invalid(`body.${key}`),
  )
}
for (const [name, text] of Object.entries({
  'no UTF-8': '%FF',
  'half an escape': '%4',
  'an overlong slash': '%C0%AF',
})) {
  one(`refuses ${name} in a form`, form(`name=${text}`), { status: 400, code: 'invalid_form' })
}
one(
  'refuses raw bytes that are no UTF-8 in a form',
  { ...form(''), body: Uint8Array.of(0x6e, 0x3d, 0xff) },
  { status: 400, code: 'invalid_form' },
)
one('refuses NUL in a form', form('name=%00'), invalid('body.name'))
one('[ASVS 15.2.2] refuses a form of more than a thousand fields', form('tag=a&'.repeat(1_001)), {
  status: 400,
  code: 'invalid_form',
})
one('asks for the fields of an empty form', form(''), invalid('body.name'))

// Texts and bytes.
one('reads a text', send('/text', 'text/plain', 'naïve 🎈'), { status: 200, text: 'naïve 🎈' })
one('refuses a text that is no UTF-8', send('/text', 'text/plain', Uint8Array.of(0x61, 0xff)), {
  status: 400,
})
one('refuses NUL in a text body', send('/text', 'text/plain', 'a\0'), { status: 422 })
one('reads a text up to its limit', send('/text', 'text/plain', 'x'.repeat(1_000)), { status: 200 })
one(
  '[ASVS 5.2.1] refuses a text beyond its limit',
  send('/text', 'text/plain', 'x'.repeat(1_001)),
  { status: 413, code: 'body_too_large', json: { limit: 1_000 } },
)
one('reads bytes', send('/bytes', 'application/octet-stream', new Uint8Array(70_000)), {
  status: 200,
  json: { length: 70_000 },
})
one(
  '[ASVS 5.2.1] refuses bytes beyond their limit',
  send('/bytes', 'application/octet-stream', new Uint8Array(100_001)),
  { status: 413 },
)
one('[ASVS 5.2.2] takes a picture for a picture', send('/bytes', 'image/png', PNG), { status: 200 })
one(
  '[ASVS 5.2.2] takes no page for a picture',
  send('/bytes', 'image/png', '<html>'),
  invalid('body'),
)
one('reads the body of a webhook as it came', send('/webhook', 'anything/at-all', '{"a": 1 }'), {
  status: 200,
  json: { text: '{"a": 1 }' },
})
one('reads the body of a webhook without a type', send('/webhook', undefined, 'a=b'), {
  status: 200,
  json: { text: 'a=b' },
})
one('holds the body of a webhook to its limit', send('/webhook', 'text/plain', 'x'.repeat(1_001)), {
  status: 413,
})

// Uploads.
interface Part {
  readonly head: string
  readonly content: string
}
const BOUNDARY = 'x-y'
const field = (name: string, content: string): Part => ({
  head: `Content-Disposition: form-data; name="${name}"`,
  content,
})
const file = (
  name: string,
  filename: string,
  { type = 'image/png', content = `\x89PNG\r\n\x1a\n` }: { type?: string; content?: string } = {},
): Part => ({
  head: `Content-Disposition: form-data; name="${name}"; filename="${filename}"\r\nContent-Type: ${type}`,
  content,
})
const multipart = (
  parts: readonly Part[],
  type = `multipart/form-data; boundary=${BOUNDARY}`,
): Sent => ({
  line: 'POST /upload',
  headers: { 'content-type': type },
  body: Buffer.from(
    `${parts.map(({ head, content }) => `--${BOUNDARY}\r\n${head}\r\n\r\n${content}\r\n`).join('')}--${BOUNDARY}--\r\n`,
    'latin1',
  ),
})
const title = field('title', 'a')
const photo = file('photo', 'me.png')
const malformed: Expected = { status: 400, code: 'invalid_multipart' }

one('reads fields and files', multipart([title, photo]), {
  status: 200,
  json: {
    title: 'a',
    files: [{ name: 'photo', filename: 'me.png', mediaType: 'image/png', size: 8 }],
  },
})
one('reads files of one name', multipart([title, photo, photo]), {
  status: 200,
  json: { files: [{}, {}] },
})
one(
  'reads a large file',
  multipart([title, file('photo', 'a.png', { content: `\x89PNG\r\n\x1a\n${'x'.repeat(49_000)}` })]),
  { status: 200, json: { files: [{ size: 49_008 }] } },
)
one(
  'takes a line break and dashes for content',
  multipart([title, file('photo', 'a.png', { content: '\x89PNG\r\n\x1a\n\r\n--x-\r\n--' })]),
  { status: 200, json: { files: [{ size: 18 }] } },
)
for (const [name, saved] of Object.entries({
  '../../etc/passwd.png': 'passwd.png',
  '..%2f..%2fa.png': '%2f..%2fa.png',
  'C:\\\\a\\\\b.png': 'b.png',
  '/etc/a.png': 'a.png',
  'a/b.png': 'b.png',
})) {
  one(
    `[ASVS 5.3.2] makes the file name ${name} harmless`,
    multipart([title, file('photo', name)]),
    { status: 200, json: { files: [{ filename: saved }] } },
  )
}
one('[ASVS 5.3.2] makes nothing of a file name of dots', multipart([title, file('photo', '..')]), {
  status: 200,
  json: { files: [{ filename: /^[^./\\]+$/ }] },
})
one(
  '[ASVS 5.2.2] refuses a page that is called a picture',
  multipart([title, file('photo', 'a.png', { content: '<script>' })]),
  { status: 422 },
)
one(
  '[ASVS 5.2.2] refuses a picture that is called a page',
  multipart([title, file('photo', 'a.html')]),
  { status: 422 },
)
one(
  'refuses a file of another type',
  multipart([title, file('photo', 'a.svg', { type: 'image/svg+xml', content: '<svg/>' })]),
  { status: 422 },
)
one(
  '[ASVS 5.2.1] refuses a file beyond its limit',
  multipart([title, file('photo', 'a.png', { content: `\x89PNG\r\n\x1a\n${'x'.repeat(50_000)}` })]),
  { status: 413 },
)
one('[ASVS 5.2.1] refuses more files than declared', multipart([title, photo, photo, photo]), {
  status: 422,
})
one(
  'refuses a file that nobody asked for',
  multipart([title, file('other', 'a.png')]),
  invalid('body.files.other'),
)
one('refuses a field that nobody asked for', multipart([title, field('role', 'admin'), photo]), {
  status: 422,
})
one('refuses a field called __proto__', multipart([title, field('__proto__', '1'), photo]), {
  status: 422,
})
one('refuses a file called __proto__', multipart([title, file('__proto__', 'a.png')]), {
  status: 422,
})
one('refuses a field that comes twice in an upload', multipart([title, title, photo]), {
  status: 422,
})
one('asks for the file', multipart([title]), invalid('body.files.photo'))
one('asks for the fields first', multipart([photo, title]), { status: 422 })
one(
  'refuses an upload without a boundary',
  multipart([title, photo], 'multipart/form-data'),
  malformed,
)
one(
  'refuses an upload of another boundary',
  multipart([title, photo], 'multipart/form-data; boundary=other'),
  malformed,
)
one(
  'refuses an upload of two boundaries',
  multipart([title, photo], 'multipart/form-data; boundary=x-y; boundary=z'),
  malformed,
)
one(
  'refuses a part without a name',
  multipart([{ head: 'Content-Disposition: form-data', content: 'a' }]),
  malformed,
)
one(
  'refuses a part of two names',
  multipart([{ head: 'Content-Disposition: form-data; name="a"; name="title"', content: 'a' }]),
  malformed,
)
one(
  'refuses a part that is encoded',
  multipart([
    {
      head: 'Content-Disposition: form-data; name="title"\r\nContent-Transfer-Encoding: base64',
      content: 'YQ==',
    },
  ]),
  malformed,
)
one(
  'refuses an upload that breaks off',
  { ...multipart([]), body: `--${BOUNDARY}\r\n${title.head}\r\n\r\na` },
  malformed,
)
one('refuses an empty upload', multipart([]), { status: 422 })
