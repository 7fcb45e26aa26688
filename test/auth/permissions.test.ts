import { users } from 'plinth/auth'
import { defineOperation, every, permission } from 'plinth/http'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { openApp } from './app.ts'

const define = defineOperation()
const operations = {
  refund: define({
    method: 'GET',
    path: '/refund',
    guard: every(permission('orders:refund'), permission('orders:read')),
    responses: { 200: v.array(v.string()) },
    handler: ({ actor }) => ({ status: 200, body: [...(actor.permissions ?? [])] }),
  }),
}
const permissions = {
  support: ['orders:read'],
  staff: ['orders:read', 'orders:refund'],
}
const account = { email: 'ada@example.com', password: 'correct horse battery' }

async function signedIn() {
  const app = await openApp({ permissions }, { operations })
  await app.send('/auth/sign-up', { json: account })
  const { json } = await app.send('/auth/sign-in', { json: { ...account, transport: 'bearer' } })
  const refund = () => app.send('/refund', { headers: { authorization: `Bearer ${json.token}` } })
  const grant = (...roles: string[]) => app.database.system.updateMany(users, {}, { roles })
  return { refund, grant }
}

describe('the permissions of roles', () => {
  it('[ASVS 8.2.1] let in only who has all that is asked for', async () => {
    const { refund, grant } = await signedIn()
    expect((await refund()).status).toBe(403)
    await grant('support')
    expect((await refund()).status).toBe(403)
    await grant('staff')
    expect((await refund()).status).toBe(200)
  })

  it('[ASVS 8.3.2] change on the next request, with the roles', async () => {
    const { refund, grant } = await signedIn()
    await grant('staff')
    expect((await refund()).status).toBe(200)
    await grant()
    expect((await refund()).status).toBe(403)
  })

  it('are those of all roles, each once', async () => {
    const { refund, grant } = await signedIn()
    await grant('support', 'staff', 'unknown', 'constructor')
    expect((await refund()).json).toEqual(['orders:read', 'orders:refund'])
  })
})
