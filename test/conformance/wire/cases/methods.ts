/** What a path answers to each method. */

import { json, topic } from '../case.ts'

const { cases, one } = topic('Methods')

export { cases as methods }

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']
const paths: Readonly<Record<string, readonly string[]>> = {
  '/echo/1': ['GET'],
  '/items/1': ['DELETE', 'PATCH', 'PUT'],
  '/json': ['POST'],
  '/answers/file': ['GET'],
  '/guarded/staff': ['GET'],
  '/answers/shared': ['GET'],
}

for (const [path, own] of Object.entries(paths)) {
  const all = [...own, ...(own.includes('GET') ? ['HEAD'] : []), 'OPTIONS']
  const allow = new RegExp(`^(?=.*${all.join(')(?=.*')})[A-Z, ]+$`)
  for (const method of METHODS.filter((each) => !own.includes(each))) {
    one(`[ASVS 4.1.4] answers ${method} of ${path} with 405 and Allow`, `${method} ${path}`, {
      status: 405,
      code: 'method_not_allowed',
      headers: { allow },
    })
  }
  one(`tells the methods of ${path} to OPTIONS`, `OPTIONS ${path}`, {
    status: 204,
    text: '',
    headers: { allow, 'content-type': false },
  })
  if (!own.includes('GET')) {
    one(`answers HEAD of ${path} with 405`, `HEAD ${path}`, { status: 405, headers: { allow } })
  }
}

for (const method of ['PROPFIND', 'PURGE', 'MKCOL', 'REPORT']) {
  one(`[ASVS 4.1.4] answers the method ${method} with 405`, `${method} /echo/1`, { status: 405 })
}
for (const method of ['get', 'Get', 'GETS', 'X-GET', 'G=T']) {
  one(`refuses the method ${method}`, `${method} /guarded/staff`, { refused: true })
}
one('[ASVS 13.4.4] does not echo by TRACE', 'TRACE /echo/1', { refused: true })
one(
  'does not echo secrets by TRACE',
  { line: 'TRACE /echo/1', headers: { authorization: 'Bearer secret' } },
  {
    refused: true,
  },
)
one('opens no tunnel by CONNECT', 'CONNECT evil.example:443', { refused: true })
one('asks nothing of OPTIONS for the server', 'OPTIONS *', { refused: true })

for (const header of ['x-http-method-override', 'x-method-override', 'x-http-method']) {
  one(
    `[ASVS 4.1.4] takes no method from ${header}`,
    {
      ...json('POST /items/1', { title: 'a' }),
      headers: { [header]: 'PUT', 'content-type': 'application/json' },
    },
    { status: 405 },
  )
}
one('takes no method from the query', json('POST /items/1?_method=DELETE', {}), { status: 405 })

const heads = ['/echo/1', '/answers/text', '/answers/file', '/answers/long', '/answers/page']
for (const path of heads) {
  one(`answers HEAD of ${path} without a body`, `HEAD ${path}`, {
    status: 200,
    headers: { 'content-type': true, 'content-length': /^\d+$/ },
  })
}
for (const path of ['/answers/events', '/answers/lines', '/answers/stream']) {
  one(`answers HEAD of the stream ${path} without a body`, `HEAD ${path}`, {
    status: 200,
    headers: { 'content-type': true },
  })
}
one('asks the guard for HEAD too', 'HEAD /guarded/staff', { status: 401 })
one('answers HEAD of nothing with 404', 'HEAD /nowhere', { status: 404, foreign: true })
one('answers OPTIONS of nothing with 404', 'OPTIONS /nowhere', { status: 404, foreign: true })
one('asks no guard what OPTIONS tells', 'OPTIONS /guarded/staff', { status: 204 })
