import { anyone, content, createApp, defineOperation, download } from 'plinth/http'
import { describe, expect, it } from 'vitest'
import { send } from './send.ts'

const define = defineOperation()
const SCRIPT = '<script>fetch("/mine")</script>'

/** What browsers run or render as a document when they are led to it. */
const types = [
  'text/html',
  'application/xhtml+xml',
  'image/svg+xml',
  'text/xml',
  'application/xml',
  'text/javascript',
  'application/pdf',
  'text/plain',
  'application/octet-stream',
]
const names = ['page.html', 'picture.svg', 'a.xml', 'run.js', 'x.pdf', '..%2fpage.html', '']

describe('a file that somebody else has made', () => {
  it.each(types)('[ASVS 3.2.1] is saved and not shown as %s', async (type) => {
    for (const name of names) {
      const app = createApp({
        operations: {
          it: define({
            method: 'GET',
            path: '/file',
            guard: anyone,
            responses: { 200: download(type) },
            handler: () => ({ status: 200, body: new File([SCRIPT], name) }),
          }),
        },
      })
      const { headers } = await send(app, 'GET /file')
      expect(headers.get('content-disposition')).toMatch(/^attachment; filename="[^"\\/]+"/)
      expect(headers.get('content-type')).toMatch(new RegExp(`^${type.replace('+', '\\+')}(?:;|$)`))
      expect(Object.fromEntries(headers)).toMatchObject(isolated)
    }
  })

  it.each(types)('[ASVS 3.2.1] runs nothing when it is answered as %s', async (type) => {
    const app = createApp({
      operations: {
        it: define({
          method: 'GET',
          path: '/page',
          guard: anyone,
          responses: { 200: content(type) },
          handler: () => ({ status: 200, body: SCRIPT }),
        }),
      },
    })
    const { headers } = await send(app, 'GET /page')
    expect(Object.fromEntries(headers)).toMatchObject(isolated)
  })
})

/** No script that stands in it runs, no other site frames or embeds it, nobody guesses another type. */
const isolated = {
  'content-security-policy': expect.stringMatching(
    /^default-src '(?:none|self)';(?!.*unsafe).*frame-ancestors 'none'/,
  ),
  'cross-origin-resource-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
}
