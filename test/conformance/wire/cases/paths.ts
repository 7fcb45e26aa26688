/** Spellings of a path that could be read in two ways, past guards, limits and pages (families 6 and 10). */

import { topic } from '../case.ts'

const { cases, one, steps } = topic('Paths')

export { cases as paths }

const invalid = { status: 400, code: 'invalid_path' } as const

/** Ways to write a path of two segments otherwise, by what they are. */
const spellings: Readonly<Record<string, (first: string, second: string) => string>> = {
  'a double slash in front': (a, b) => `//${a}/${b}`,
  'a double slash within': (a, b) => `/${a}//${b}`,
  'a double slash behind': (a, b) => `/${a}/${b}//`,
  'a dot segment': (a, b) => `/${a}/./${b}`,
  'a dot segment in front': (a, b) => `/./${a}/${b}`,
  'a segment of two dots': (a, b) => `/x/../${a}/${b}`,
  'dots out of the root': (a, b) => `/../${a}/${b}`,
  'an encoded dot segment': (a, b) => `/${a}/%2e/${b}`,
  'encoded dots': (a, b) => `/x/%2e%2e/${a}/${b}`,
  'half encoded dots': (a, b) => `/x/.%2E/${a}/${b}`,
  'an encoded slash': (a, b) => `/${a}%2F${b}`,
  'an encoded slash in lower case': (a, b) => `/${a}%2f${b}`,
  'an encoded backslash': (a, b) => `/${a}%5C${b}`,
  'a backslash': (a, b) => `/${a}\\${b}`,
  'an encoded letter': (a, b) => `/%${a.charCodeAt(0).toString(16)}${a.slice(1)}/${b}`,
  'an encoded last letter': (a, b) =>
    `/${a}/${b.slice(0, -1)}%${b.charCodeAt(b.length - 1).toString(16)}`,
  'an encoded NUL': (a, b) => `/${a}/${b}%00`,
  'an encoded line break': (a, b) => `/${a}/${b}%0A`,
  'an encoded carriage return': (a, b) => `/${a}/${b}%0D`,
  'an overlong slash': (a, b) => `/${a}%C0%AF${b}`,
  'an overlong dot': (a, b) => `/x/%C0%AE%C0%AE/${a}/${b}`,
  'a lone byte of UTF-8': (a, b) => `/${a}/${b}%C3`,
  'an encoded surrogate': (a, b) => `/${a}/${b}%ED%A0%80`,
  'an unfinished escape': (a, b) => `/${a}/${b}%`,
  'half an escape': (a, b) => `/${a}/${b}%4`,
  'an escape that is none': (a, b) => `/${a}/${b}%zz`,
  'an escape of IIS': (a, b) => `/${a}/${b}%u002e`,
}
const targets = {
  'past a guard': ['guarded', 'staff'],
  'past a limit': ['limited', 'path'],
  'to a static page': ['static', 'a.txt'],
} as const

for (const [aim, [first, second]] of Object.entries(targets)) {
  for (const [name, spell] of Object.entries(spellings)) {
    one(`[ASVS 1.1.1] [family 6] refuses ${name} ${aim}`, `GET ${spell(first, second)}`, invalid)
  }
}

for (const [name, path] of Object.entries({
  'a space': '/guarded/staff%20',
  'a semicolon': '/guarded/staff;a=b',
  'an encoded semicolon': '/guarded/staff%3Ba',
  'another case': '/Guarded/staff',
  'a suffix': '/guarded/staff.json',
  'a trailing slash': '/guarded/staff/',
})) {
  one(`takes ${name} for another path`, `GET ${path}`, {
    status: 404,
    text: 'nothing',
    foreign: true,
  })
}

const echo = (id: string) => ({ status: 200, json: { id } })
one('decodes a parameter once', 'GET /echo/a%2525b', echo('a%25b'))
one('decodes a parameter as UTF-8', 'GET /echo/caf%C3%A9', echo('café'))
one('keeps a plus of a path', 'GET /echo/a+b', echo('a+b'))
one('reads an encoded and a raw at sign alike', 'GET /echo/a%40b', echo('a@b'))
one('reads a raw at sign', 'GET /echo/a@b', echo('a@b'))
one('keeps dots that are no segment', 'GET /echo/..a', echo('..a'))
one('keeps a semicolon of a parameter', 'GET /echo/a;b=c', echo('a;b=c'))
one('holds a parameter to its schema', `GET /echo/${'x'.repeat(21)}`, {
  status: 422,
  code: 'invalid_input',
})
one('asks for a parameter', 'GET /echo/', { status: 404, foreign: true })
one('refuses a parameter of an encoded slash', 'GET /echo/a%2Fb', invalid)
one('answers a static page', 'GET /static/a.txt', {
  status: 200,
  text: 'page /static/a.txt',
  foreign: true,
})
one('prefers an operation to a page', 'GET /answers/json', { status: 200 })
one('answers a very long path with a refusal', `GET /echo/${'x'.repeat(8_000)}`, { status: 422 })

steps(
  '[ASVS 2.4.1] [family 10] counts a path under no other spelling',
  [{ line: 'GET /limited/path', headers: { authorization: 'Bearer {actor}' } }, { status: 200 }],
  [{ line: 'GET /limited/path', headers: { authorization: 'Bearer {actor}' } }, { status: 429 }],
  [{ line: 'GET /limited/path?', headers: { authorization: 'Bearer {actor}' } }, { status: 429 }],
  [{ line: 'HEAD /limited/path', headers: { authorization: 'Bearer {actor}' } }, { status: 429 }],
)

one('takes the absolute form of its own host', `GET http://127.0.0.1:{port}/answers/json`, {
  status: 200,
})
one('refuses the absolute form of another host', 'GET http://evil.example/answers/json', {
  refused: true,
})
one('refuses a fragment in a target', 'GET /guarded/mine#/answers/json', { refused: true })
one('refuses an absolute form with credentials', 'GET http://a@127.0.0.1:{port}/answers/json', {
  refused: true,
})
one('refuses another scheme', 'GET ftp://127.0.0.1:{port}/answers/json', { refused: true })
one('refuses a target without a slash', 'GET answers/json', { refused: true })
one('refuses the authority form', 'GET 127.0.0.1:80', { refused: true })
