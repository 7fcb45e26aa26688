/** Who is let in, and where a request must come from (families 3 and 9). */

import { type Expected, json, type Sent, topic } from '../case.ts'

const guards = topic('Guards')
export const guardCases = guards.cases

const as = (who: string, line: string): Sent => ({
  line,
  headers: { authorization: `Bearer ${who}` },
})
const outcomes = {
  '/guarded/mine': { ada: 200, stale: 200, staff: 200 },
  '/guarded/staff': { ada: 403, stale: 200, staff: 200 },
  '/guarded/refunds': { ada: 403, stale: 403, staff: 200 },
  '/guarded/assured': { ada: 401, stale: 401, staff: 200 },
  '/guarded/fresh': { ada: 401, stale: 401, staff: 200 },
  '/guarded/all': { ada: 403, stale: 403, staff: 200 },
  '/inside/one': { ada: 403, stale: 200, staff: 200 },
} as const
const codes: Readonly<Record<number, string>> = {
  401: 'insufficient_authentication',
  403: 'denied',
}
for (const [path, byCaller] of Object.entries(outcomes)) {
  guards.one(`[ASVS 8.3.1] asks who calls ${path}`, `GET ${path}`, {
    status: 401,
    code: 'unauthenticated',
    headers: { 'www-authenticate': 'Bearer' },
  })
  for (const [who, status] of Object.entries(byCaller)) {
    const code = codes[status]
    guards.one(`[ASVS 8.2.1] answers ${who} at ${path} with ${status}`, as(who, `GET ${path}`), {
      status,
      ...(code !== undefined && { code }),
    })
  }
}
for (const value of [
  'Bearer nobody',
  'Bearer ',
  'Bearer',
  'bearer staff',
  'Basic staff',
  'staff',
  'Bearer staff, Bearer ada',
  'Bearer __proto__',
  'Bearer constructor',
  'Bearer  staff',
]) {
  guards.one(
    `[ASVS 8.3.1] takes ${JSON.stringify(value)} for nobody`,
    { line: 'GET /guarded/staff', headers: { authorization: value } },
    { status: 401 },
  )
}
for (const [name, sent] of Object.entries({
  'the query': { line: 'GET /guarded/staff?authorization=Bearer+staff&access_token=staff' },
  'a forwarded header': {
    line: 'GET /guarded/staff',
    headers: { 'x-authorization': 'Bearer staff', 'x-user': 'staff', 'x-forwarded-user': 'staff' },
  },
})) {
  guards.one(`[ASVS 14.2.1] takes nobody from ${name}`, sent, { status: 401 })
}
guards.one(
  '[ASVS 8.3.1] [family 9] takes nobody from the body',
  json('POST /guarded/write', { n: 1, userId: 'ada', actor: { id: 'ada' } }),
  { status: 401 },
)
guards.one(
  'knows a caller by a cookie',
  { line: 'GET /guarded/mine', headers: { cookie: 'session=ada' } },
  { status: 200 },
)
guards.one('asks for the way of step-up', as('ada', 'GET /guarded/assured'), {
  status: 401,
  headers: { 'www-authenticate': /insufficient_user_authentication.*acr_values="aal2"/ },
})
guards.one('asks for a fresh sign-in', as('stale', 'GET /guarded/fresh'), {
  status: 401,
  headers: { 'www-authenticate': /max_age="300"/ },
})
guards.one(
  '[ASVS 8.3.1] asks the guard before it reads the body',
  json('POST /guarded/write', '{"n":'),
  { status: 401 },
)
guards.one(
  'reads the body of who was let in',
  {
    ...json('POST /guarded/write', '{"n":'),
    headers: { 'content-type': 'application/json', authorization: 'Bearer ada' },
  },
  { status: 400, code: 'invalid_json' },
)
guards.one('runs the middleware of a branch', as('staff', 'GET /inside/one'), {
  status: 200,
  headers: { 'x-marked': 'yes' },
})
guards.one('[ASVS 8.3.1] runs no middleware for who is not let in', as('ada', 'GET /inside/one'), {
  status: 403,
  headers: { 'x-marked': false },
})
guards.one('announces a deprecated version', as('ada', 'GET /v1/greeting'), {
  status: 200,
  headers: {
    deprecation: '@1767225600',
    sunset: 'Fri, 01 Jan 2027 00:00:00 GMT',
    link: /<https:\/\/example\.org\/v2>; rel="deprecation"/,
  },
})
guards.one('announces a deprecated version with a refusal', 'GET /v1/greeting', {
  status: 401,
  headers: { deprecation: true },
})
guards.one('announces nothing of the new version', as('ada', 'GET /v2/greeting'), {
  status: 200,
  headers: { deprecation: false, sunset: false },
})

const origins = topic('Origins')
export const originCases = origins.cases

/** What browsers and others say of where a request comes from, and whether it may act with a cookie. */
const senders: Readonly<Record<string, readonly [Readonly<Record<string, string>>, boolean]>> = {
  'its own origin': [{ origin: 'http://127.0.0.1:{port}' }, true],
  'its own origin, same-origin': [
    { origin: 'http://127.0.0.1:{port}', 'sec-fetch-site': 'same-origin' },
    true,
  ],
  'a trusted origin': [{ origin: 'https://admin.example', 'sec-fetch-site': 'cross-site' }, true],
  'the same origin without its name': [{ 'sec-fetch-site': 'same-origin' }, true],
  'the address bar': [{ 'sec-fetch-site': 'none' }, true],
  nowhere: [{}, false],
  'another origin': [{ origin: 'https://evil.example' }, false],
  'another port': [{ origin: 'http://127.0.0.1:1' }, false],
  'another scheme': [{ origin: 'https://127.0.0.1:{port}' }, false],
  'a name that begins alike': [{ origin: 'http://127.0.0.1:{port}.evil.example' }, false],
  'a trusted name that goes on': [{ origin: 'https://admin.example.evil.example' }, false],
  'below a trusted name': [{ origin: 'https://x.admin.example' }, false],
  'a trusted name in capitals': [{ origin: 'https://ADMIN.example' }, false],
  'a trusted name with a path': [{ origin: 'https://admin.example/' }, false],
  'two origins': [{ origin: 'https://admin.example, https://evil.example' }, false],
  'the origin null': [{ origin: 'null' }, false],
  'an empty origin': [{ origin: '' }, false],
  'the same site': [{ 'sec-fetch-site': 'same-site' }, false],
  'another site': [{ 'sec-fetch-site': 'cross-site' }, false],
  'an unknown site': [{ 'sec-fetch-site': 'x' }, false],
  'its own origin from another site': [
    { origin: 'http://127.0.0.1:{port}', 'sec-fetch-site': 'cross-site' },
    false,
  ],
  'its own referrer alone': [{ referer: 'http://127.0.0.1:{port}/' }, false],
}
const refused: Expected = { status: 403, code: 'cross_origin' }
for (const [name, [headers, passes]] of Object.entries(senders)) {
  for (const [line, body, status] of [
    ['POST /json', '{"title":"a"}', 201],
    ['PUT /items/1', '{"title":"a"}', 200],
    ['PATCH /items/1', '{"title":"a"}', 200],
    ['DELETE /items/1', undefined, 204],
  ] as const) {
    origins.one(
      `[ASVS 3.5.1] [family 3] ${passes ? 'takes' : 'refuses'} ${line.split(' ')[0]} with a cookie from ${name}`,
      {
        line,
        headers: { cookie: 'session=ada', 'content-type': 'application/json', ...headers },
        ...(body && { body }),
      },
      passes ? { status } : refused,
    )
  }
}
/** The content type plays no part: a missing or an odd one is refused like any other (family 3). */
for (const type of [
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=b',
  'application/json',
  '',
  'a',
  'text/plain;application/json',
  undefined,
]) {
  for (const origin of ['https://evil.example', 'null']) {
    origins.one(
      `[ASVS 3.5.2] [family 3] refuses ${type === undefined ? 'no type' : JSON.stringify(type)} with a cookie from ${origin}`,
      {
        line: 'POST /json',
        headers: {
          cookie: 'session=ada',
          origin,
          ...(type !== undefined && { 'content-type': type }),
        },
        body: '{"title":"a"}',
      },
      refused,
    )
  }
}
origins.one(
  '[ASVS 3.5.1] refuses a sign-in from another site without a cookie',
  {
    ...json('POST /json', { title: 'a' }),
    headers: { 'content-type': 'application/json', origin: 'https://evil.example' },
  },
  refused,
)
origins.one('takes programs that send no cookie', json('POST /json', { title: 'a' }), {
  status: 201,
})
origins.one(
  'takes a bearer token from anywhere',
  json(
    'POST /json',
    { title: 'a' },
    { authorization: 'Bearer ada', origin: 'https://evil.example' },
  ),
  { status: 201 },
)
origins.one(
  '[ASVS 3.5.1] refuses a bearer token beside a cookie from elsewhere',
  json(
    'POST /json',
    { title: 'a' },
    { authorization: 'Bearer ada', cookie: 'session=ada', origin: 'https://evil.example' },
  ),
  refused,
)
origins.one(
  '[ASVS 3.5.1] holds the check for any cookie',
  json('POST /json', { title: 'a' }, { cookie: 'a=b', origin: 'https://evil.example' }),
  refused,
)
origins.one(
  'lets another site read nothing by GET',
  { line: 'GET /guarded/mine', headers: { cookie: 'session=ada', origin: 'https://evil.example' } },
  {
    status: 200,
    headers: {
      'access-control-allow-origin': false,
      'cross-origin-resource-policy': 'same-origin',
    },
  },
)
origins.one(
  'checks the origin before the guard',
  {
    line: 'POST /guarded/write',
    headers: { cookie: 'session=nobody', origin: 'https://evil.example' },
  },
  refused,
)

const TRUSTED = 'https://admin.example'
origins.one(
  '[ASVS 3.4.2] shares an answer with a trusted origin',
  { line: 'GET /answers/json', headers: { origin: TRUSTED } },
  {
    status: 200,
    headers: {
      'access-control-allow-origin': TRUSTED,
      'access-control-allow-credentials': 'true',
      vary: /origin/,
    },
  },
)
for (const origin of [
  'https://evil.example',
  'null',
  'https://admin.example.evil.example',
  'http://admin.example',
  '*',
]) {
  origins.one(
    `[ASVS 3.4.2] shares no answer with ${origin}`,
    { line: 'GET /answers/json', headers: { origin } },
    {
      status: 200,
      headers: {
        'access-control-allow-origin': false,
        'access-control-allow-credentials': false,
        vary: /origin/,
      },
    },
  )
  origins.one(
    `[ASVS 3.4.2] lets ${origin} ask before nothing`,
    { line: 'OPTIONS /json', headers: { origin, 'access-control-request-method': 'POST' } },
    {
      status: 204,
      headers: { 'access-control-allow-origin': false, 'access-control-allow-methods': false },
    },
  )
}
origins.one(
  'answers what a trusted origin asks before',
  {
    line: 'OPTIONS /json',
    headers: {
      origin: TRUSTED,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type, x-a',
    },
  },
  {
    status: 204,
    headers: {
      'access-control-allow-methods': /POST/,
      'access-control-allow-headers': 'content-type, x-a',
      'access-control-max-age': '600',
    },
  },
)
origins.one(
  'gives no headers back that are none',
  {
    line: 'OPTIONS /json',
    headers: {
      origin: TRUSTED,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'a b',
    },
  },
  {
    status: 204,
    headers: { 'access-control-allow-headers': false },
  },
)
origins.one(
  'shares a refusal with a trusted origin',
  { line: 'GET /guarded/mine', headers: { origin: TRUSTED } },
  { status: 401, headers: { 'access-control-allow-origin': TRUSTED } },
)
origins.one(
  'tells a trusted origin no cookies',
  { line: 'GET /answers/cookies', headers: { origin: TRUSTED } },
  { status: 204, headers: { 'access-control-expose-headers': /^(?!.*set-cookie)/ } },
)
