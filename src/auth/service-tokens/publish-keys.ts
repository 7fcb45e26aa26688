import * as v from 'valibot'
import { anyone, defineOperation } from '../../http/index.ts'
import type { AuthServices } from '../part.ts'
import type { ServiceTokenOperations } from './operations.ts'
import type { SigningKeys } from './signing-keys.ts'

/** Seconds that anybody may keep the set: far less than a key is published before its use. */
const KEPT = 300

const keySchema = v.object({
  kty: v.string(),
  crv: v.string(),
  x: v.string(),
  y: v.optional(v.string()),
  kid: v.string(),
  alg: v.string(),
  use: v.string(),
})

/** Makes the operation `GET /.well-known/jwks.json`. */
export function publishKeys(
  { database }: AuthServices,
  keys: SigningKeys,
): ServiceTokenOperations['serviceTokens']['keys'] {
  return defineOperation()({
    method: 'GET',
    path: '/.well-known/jwks.json',
    summary: 'The keys that tokens are verified with',
    tags: ['auth'],
    guard: anyone,
    cache: { maxAge: KEPT, public: true },
    responses: { 200: v.object({ keys: v.array(keySchema) }) },
    handler: async ({ trace, signal }) => {
      const stored = await keys.published(database.systemIn({ trace, signal }))
      const published = stored.map(
        ({ id, algorithm, publicKey: { kty = '', crv = '', x = '', y } }) => {
          const point = y === undefined ? { x } : { x, y }
          return { kty, crv, ...point, kid: id, alg: algorithm, use: 'sig' }
        },
      )
      return { status: 200, body: { keys: published } }
    },
  })
}
