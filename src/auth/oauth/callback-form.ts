import * as v from 'valibot'
import { anyone, defineOperation, form } from '../../http/index.ts'
import { type FormProvider, type OAuthServices, pathOf } from './operations.ts'

/**
 * Makes the operation that takes a form which a provider's page sends. It comes from another site, so
 * without our cookies; what is of use in it is handed on to where they come along, and nothing else is done.
 */
export function callbackForm({ provider }: OAuthServices): FormProvider['callbackForm'] {
  const text = v.optional(v.string())
  const path = `${pathOf(provider)}/callback`
  return defineOperation()({
    method: 'POST',
    path,
    guard: anyone,
    transaction: false,
    fromOtherSites: true,
    described: false,
    body: form(v.looseObject({ code: text, state: text, iss: text, error: text })),
    responses: { 303: null },
    handler: ({ body: { code, state, iss, error } }) => {
      const fields = Object.entries({ code, state, iss, error })
      const given = fields.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))
      return { status: 303, headers: { location: `${path}?${new URLSearchParams(given)}` } }
    },
  })
}
