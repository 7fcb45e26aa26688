/** Where a request of ours may go that a caller has named (family 14). */

import { topic } from '../case.ts'

const { cases, one } = topic('Requests to others')

export { cases as outbound }

const to = (url: string) => `GET /relay?to=${encodeURIComponent(url)}`

for (const url of [
  'http://127.0.0.1:9/v1',
  'http://127.0.0.1:9/v1/a?b=c',
  'HTTP://127.0.0.1:9/v1/a',
  'http://127.1:9/v1',
  'http://0x7f.1:9/v1',
  'http://2130706433:9/v1',
  'http://127.0.0.1:9/x/../v1',
]) {
  one(`lets out ${url}`, to(url), { status: 200, json: { went: 'out' } })
}

for (const [name, url] of Object.entries({
  'another host': 'http://evil.example/v1',
  'another port': 'http://127.0.0.1:90/v1',
  'no port': 'http://127.0.0.1/v1',
  'another scheme': 'https://127.0.0.1:9/v1',
  'another path': 'http://127.0.0.1:9/v2',
  'a path that begins alike': 'http://127.0.0.1:9/v1x',
  'a path that leads out': 'http://127.0.0.1:9/v1/../x',
  'a path that leads out encoded': 'http://127.0.0.1:9/v1/%2e%2e/x',
  'an encoded slash': 'http://127.0.0.1:9/v1/..%2fx',
  'an encoded backslash': 'http://127.0.0.1:9/v1/..%5cx',
  'a backslash that leads out': 'http://127.0.0.1:9/v1/..\\x',
  'the allowed place as a user': 'http://127.0.0.1:9@evil.example/v1',
  'the allowed place behind a user': 'http://evil.example#@127.0.0.1:9/v1',
  'the allowed place in a query': 'http://evil.example?@127.0.0.1:9/v1',
  'the allowed place behind a backslash': 'http://evil.example\\@127.0.0.1:9/v1',
  'a name that begins as the address': 'http://127.0.0.1.evil.example:9/v1',
  'this machine by name': 'http://localhost:9/v1',
  'this machine as version 6': 'http://[::1]:9/v1',
  'this machine as a mapped address': 'http://[::ffff:127.0.0.1]:9/v1',
  'this machine as a mapped address in hexadecimal': 'http://[::ffff:7f00:1]:9/v1',
  'this machine as zero': 'http://0:9/v1',
  'the metadata of a cloud': 'http://169.254.169.254/latest/meta-data/',
  'the metadata of a cloud, mapped': 'http://[::ffff:169.254.169.254]/',
  'the metadata of a cloud in octal': 'http://0251.0376.0251.0376/',
  'the metadata of a cloud in hexadecimal': 'http://0xa9fea9fe/',
  'the metadata of a cloud as a number': 'http://2852039166/',
  'a private network': 'http://10.0.0.1/',
  'full-width digits': 'http://１６９.２５４.１６９.２５４/',
  'a file': 'file:///etc/passwd',
  data: 'data:text/plain,v1',
  'a script': 'javascript:fetch("http://127.0.0.1:9/v1")',
  gopher: 'gopher://127.0.0.1:9/v1',
  'a blob': 'blob:http://127.0.0.1:9/v1',
  'no scheme': '//127.0.0.1:9/v1',
  'a path alone': '/v1',
  nothing: '',
})) {
  one(`[ASVS 1.3.6] [family 14] lets out no request to ${name}`, to(url), {
    status: 200,
    json: { went: 'refused' },
  })
}
