import { users } from 'plinth/auth'
import { createVisitor, signIn } from 'plinth/testing'
import { describe, expect, test } from 'vitest'
import { auditedApp, logOf, tables, told } from './app.ts'
import { databases } from './databases.ts'

const ada = { email: 'ada@example.com', password: 'a long enough one' }

describe.each(databases)('security events on $name', ({ source }) => {
  const start = async () => auditedApp(await source(tables))

  test('[ASVS 16.3.1] tells of every sign-in, failed or not', async () => {
    const app = await start()
    const visitor = await signIn(app, ada)
    await visitor.fetch('/auth/sign-in', { json: { ...ada, password: 'another long one' } })
    await visitor.fetch('/auth/sign-out', { method: 'POST' })
    const user = await app.database.system.first(users)
    expect(await told(app)).toEqual([
      `auth.sign_up ${user?.id}`,
      `auth.sign_in ${user?.id}`,
      'auth.sign_in_failed nobody',
      `auth.sign_out ${user?.id}`,
    ])
    const { items: found } = await logOf(app).search({ event: 'auth.sign_in' })
    expect(found[0]).toMatchObject({ kind: 'user', row: user?.id, details: { reason: 'password' } })
    expect(found[0]?.session).toBeTypeOf('string')
    expect(JSON.stringify(found)).not.toContain(ada.password)
  })

  test('[ASVS 16.3.2] tells of who was denied what', async () => {
    const app = await start()
    const visitor = await signIn(app, ada)
    expect((await visitor.fetch('/audit')).status).toBe(403)
    await logOf(app).idle()
    const { items: found } = await logOf(app).search({ event: 'http.denied' })
    const user = await app.database.system.first(users)
    expect(found).toHaveLength(1)
    expect(found[0]).toMatchObject({
      actor: user?.id,
      details: { operation: expect.stringContaining('audit'), code: 'denied' },
    })
    expect(found[0]?.trace).toMatch(/^[0-9a-f]{32}$/)
  })

  test('[ASVS 16.4.2] shows the log to its guard alone', async () => {
    const app = await start()
    const stranger = createVisitor(app)
    expect((await stranger.fetch('/audit')).status).toBe(401)
    expect((await stranger.fetch('/audit/export')).status).toBe(401)
    const visitor = await signIn(app, ada)
    expect((await visitor.fetch('/audit/export')).status).toBe(403)
    const user = await app.database.system.first(users)
    await app.database.system.update(users, user?.id ?? '', { roles: ['auditor'] })
    await logOf(app).idle()
    const found = await (await visitor.fetch('/audit?limit=1&event=auth.sign_up')).json()
    expect(found).toMatchObject({ items: [{ event: 'auth.sign_up', actor: user?.id }], next: null })
    const lines = (await (await visitor.fetch('/audit/export')).text()).trim().split('\n')
    expect(lines.map((line) => JSON.parse(line).seq)).toEqual(lines.map((_, at) => at + 1))
  })
})
