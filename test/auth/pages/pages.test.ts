import { backend } from 'plinth'
import { auth, password } from 'plinth/auth'
import { type PagesOptions, pages } from 'plinth/auth/pages'
import { type App, anyone, content, defineOperation, type OperationTree } from 'plinth/http'
import { createVisitor, freshDatabase } from 'plinth/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { ADA, ORIGIN } from '../app.ts'
import { openPages, openReader, openSignedIn, textOf } from './visitor.ts'

const PATHS = ['/sign-in', '/sign-up']
const ACCOUNT = ['/account', '/account/password', '/account/sessions']

async function open(options: PagesOptions = {}, api: OperationTree = {}) {
  const app = await backend({
    data: freshDatabase([]),
    auth: auth({ factors: [password()], features: [pages(options)] }),
    api,
    monitor: { logs: false },
  })
  onTestFinished(() => app.close())
  return app
}

async function statusOf(app: Pick<App, 'fetch'>, path: string): Promise<number> {
  return (await createVisitor(app).fetch(path)).status
}

describe('every page', () => {
  it.each([...PATHS, ...ACCOUNT])(
    '[ASVS 3.4.3] [ASVS 3.4.6] is guarded by its headers: %s',
    async (path) => {
      const { reader } = await openSignedIn()
      const { status, headers, html } = await reader.open(path)
      expect(status).toBe(200)
      const policy = headers.get('content-security-policy') ?? ''
      expect(policy).toContain("default-src 'none'; style-src 'sha256-")
      expect(policy).toContain("form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
      expect(policy).not.toContain('unsafe')
      expect(headers.get('cache-control')).toBe('no-store')
      expect(headers.get('referrer-policy')).toBe('same-origin')
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('content-type')).toBe('text/html; charset=utf-8')
      expect(html).toMatch(/^<!doctype html>\n<html lang="en">/)
      expect(html).not.toMatch(/ on[a-z]+="| style="|javascript:|https?:\/\//)
    },
  )

  it('needs no other when its parts are not there', async () => {
    const app = await open()
    expect(await statusOf(app, '/sign-in')).toBe(200)
    for (const path of ['/reset', '/sign-in/link', '/account/passkeys', '/account/keys']) {
      expect(await statusOf(app, path)).toBe(404)
    }
  })

  it('is in no description of the API', async () => {
    const app = await open()
    const { paths } = (await app.openapi()) as { paths: Record<string, unknown> }
    expect(Object.keys(paths)).toContain('/auth/sign-in')
    expect(Object.keys(paths).filter((path) => /^\/(sign-|account|reset)/.test(path))).toEqual([])
    const routes = await (await createVisitor(app).fetch('/operations.json')).text()
    expect(routes).not.toContain('auth.pages')
  })

  it('forgives unknown names in its address', async () => {
    const reader = openReader(await openPages())
    const { status, html } = await reader.open('/sign-in?utm_source=mail&done=<b>&token=<i>')
    expect(status).toBe(200)
    expect(html).not.toMatch(/<b>|<i>|role="status"/)
  })
})

describe('the look of the pages', () => {
  it('is the team’s', async () => {
    const options = {
      title: 'Möbel & <Söhne>',
      logo: 'https://cdn.example/logo.svg',
      accent: '#ffee00',
      stylesheet: '/brand.css',
      footer: [{ text: '"Privacy"', href: '/privacy' }],
    } as const
    const { headers, html } = await openReader(await openPages({ options })).open('/sign-in')
    expect(html).toContain('<title>Sign in · Möbel &#38; &#60;Söhne&#62;</title>')
    expect(html).toContain(':root{--accent:#ffee00;--on-accent:#000000}')
    expect(html).toContain('<link rel="stylesheet" href="/brand.css">')
    expect(html).toContain('<a href="/privacy">&#34;Privacy&#34;</a>')
    const policy = headers.get('content-security-policy')
    expect(policy).toContain("=' 'self'; img-src https://cdn.example;")
  })

  it.each([
    [{ colour: '#fff' }, 'unknown'],
    [{ accent: 'red;}' }, 'accent'],
    [{ logo: 'javascript:alert(1)' }, 'logo'],
    [{ stylesheet: '//evil.example/a.css' }, 'stylesheet'],
    [{ afterSignIn: 'https://evil.example' }, 'afterSignIn'],
    [{ base: 'me/' }, 'base'],
    [{ footer: [{ text: 'a', href: 'data:text/html,x' }] }, 'footer'],
    [{ only: ['/sign-on'] }, 'only'],
    [{ title: ' ' }, 'title'],
  ])('is refused when it is not safe: %o', (options, place) => {
    expect(() => pages(options as never)).toThrow(place)
  })
})

describe('pages beside the team’s own', () => {
  const own = defineOperation()({
    method: 'GET',
    path: '/sign-in',
    guard: anyone,
    responses: { 200: content('text/html') },
    handler: () => ({ status: 200, body: '<p>Ours</p>' }),
  })

  it('give way where they are left out', async () => {
    const app = await open({ except: ['/sign-in'] }, { own })
    const answer = await createVisitor(app).fetch('/sign-in')
    expect(await answer.text()).toBe('<p>Ours</p>')
    expect(await (await createVisitor(app).fetch('/sign-up')).text()).toContain('href="/sign-in"')
  })

  it('are named when they stand in the way', async () => {
    await expect(open({}, { own })).rejects.toThrow(/auth\.pages\.signIn\.show.*GET \/sign-in/s)
  })

  it('are those that are wanted, where they are wanted', async () => {
    const app = await open({ only: ['/sign-in', '/account'], base: '/me' })
    expect(await statusOf(app, '/me/sign-in')).toBe(200)
    expect(await statusOf(app, '/me/sign-up')).toBe(404)
    expect(await statusOf(app, '/sign-in')).toBe(404)
  })
})

describe('forms of pages', () => {
  const form = { do: 'password', email: ADA.email, password: ADA.password }

  it.each([
    [{ origin: 'https://evil.example' }],
    [{ origin: 'null' }],
    [{ 'sec-fetch-site': 'cross-site' }],
    [{ 'sec-fetch-site': 'same-site' }],
    [{}],
  ])(
    '[ASVS 3.5.1] sign nobody in for another site: %o',
    async (headers: Record<string, string>) => {
      const app = await openPages()
      await app.send('/auth/sign-up', { json: ADA })
      const answer = await app.send('/sign-in', { form, headers })
      expect(answer.status).toBe(403)
      expect(answer.headers.get('set-cookie')).toBe(null)
      const fine = await app.send('/sign-in', { form, headers: { origin: ORIGIN } })
      expect(fine.status).toBe(303)
    },
  )

  it.each([
    'https://evil.example',
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    'javascript:alert(1)',
    '/%09/evil.example\r\nset-cookie: a=b',
    `/${'a'.repeat(3000)}`,
    'account',
  ])('[ASVS 3.7.2] lead to no place but the application’s: %j', async (returnTo) => {
    const app = await openPages()
    await app.send('/auth/sign-up', { json: ADA })
    const headers = { origin: ORIGIN }
    const answer = await app.send('/sign-in', { form: { ...form, returnTo }, headers })
    expect(answer.headers.get('location')).toBe('/')
    const page = await app.send(`/sign-in?${new URLSearchParams({ returnTo })}`)
    expect(page.text).toContain('name="returnTo" value=""')
  })

  it('are refused when there is no such form', async () => {
    const reader = openReader(await openPages())
    const { status, text } = await reader.send('/sign-in', { form: { do: 'constructor' } })
    expect(status).toBe(400)
    expect(textOf(text)).toContain('There is no such form.')
  })

  it('do nothing for keys and bearer tokens', async () => {
    const app = await openPages()
    await app.send('/auth/sign-up', { json: ADA })
    const { json } = await app.send('/auth/sign-in', { json: { ...ADA, transport: 'bearer' } })
    const headers = { authorization: `Bearer ${json.token}`, origin: ORIGIN }
    const answer = await app.send('/account', { headers })
    expect(answer.status).toBe(303)
    const ended = await app.send('/account/sessions', { form: { do: 'others' }, headers })
    expect(ended.headers.get('location')).toContain('/sign-in')
  })

  it('show hostile names of programs as text', async () => {
    const { app, reader } = await openSignedIn()
    const headers = { 'user-agent': `</p><script>alert("1")</script>'` }
    await app.send('/auth/sign-in', { json: ADA, headers })
    const { html } = await reader.open('/account/sessions')
    expect(html).not.toContain('<script>alert')
    expect(html).toContain('&#60;/p&#62;&#60;script&#62;')
  })
})
