import { type AuthOperations, auth, openAuth, password, users } from 'plinth/auth'
import type { Insert, Row } from 'plinth/data'
import type { Operation } from 'plinth/http'
import { expect, expectTypeOf, it } from 'vitest'
import { openApp } from './app.ts'

it('types operations by the factors that were passed', async () => {
  const description = auth({ factors: [password()] })
  const { database } = await openApp()
  const { operations } = openAuth(description, { database })
  expectTypeOf(operations).toEqualTypeOf<AuthOperations>()
  expectTypeOf(operations).toEqualTypeOf<AuthOperations<typeof description>>()
  expectTypeOf(operations.signIn).toEqualTypeOf<
    Operation<
      {
        body: { email: string; password: string; transport?: 'cookie' | 'bearer' | undefined }
      },
      {
        200: {
          readonly user: {
            readonly id: string
            readonly email: string
            readonly name: string | null
            readonly roles: string[]
          }
          readonly session: { readonly id: string; readonly expiresAt: string }
          readonly token?: string | undefined
          readonly tokenExpiresAt?: string | undefined
          readonly refresh?: string | undefined
          readonly device?: string | undefined
        }
        202: {
          readonly status: 'second_factor_needed'
          readonly factors: string[]
          readonly expiresAt: string
          readonly pending?: string | undefined
        }
      }
    >
  >()
  expect(Object.keys(operations)).toEqual([
    'session',
    'signOut',
    'sessions',
    'signUp',
    'signIn',
    'changePassword',
  ])
})

it('types users as rows', () => {
  expectTypeOf<Row<typeof users>>().toEqualTypeOf<{
    id: string
    email: string
    emailVerifiedAt: Date | null
    name: string | null
    roles: string[]
    bannedUntil: Date | null
    banReason: string | null
    createdAt: Date
  }>()
  expectTypeOf<Insert<typeof users>>().toExtend<{
    email: string
    name?: string | null | undefined
  }>()
  expect(users.name).toBe('users')
})
