import type { OpenPart } from '../open-part.ts'
import type { Factor } from '../part.ts'
import { callback } from './callback.ts'
import { callbackForm } from './callback-form.ts'
import { link, start } from './depart.ts'
import { openProvider } from './exchange.ts'
import { listIdentities, unlink } from './identities.ts'
import { identities } from './identities-table.ts'
import { type OneProvider, type ProviderOperations, pathOf } from './operations.ts'
import type { Provider } from './provider.ts'

/** Makes the factor of a provider. */
export function providerFactor<Name extends string, One extends OneProvider = OneProvider>(
  provider: Provider & { readonly name: Name },
): Factor<ProviderOperations<Name, One>> {
  const { name } = provider
  return {
    kind: 'factor',
    name,
    tables: [identities],
    needs: provider.keepsTokens ? ['origin', 'keys'] : ['origin'],
    open(services): OpenPart<ProviderOperations<Name, One>> {
      const redirectUri = `${services.origin}${pathOf(provider)}/callback`
      const open = openProvider(provider, { clock: services.clock, redirectUri })
      const own = { ...services, provider, open }
      const one = {
        start: start(own),
        callback: callback(own),
        ...(provider.formPost && { callbackForm: callbackForm(own) }),
        link: link(own),
        unlink: unlink(own),
      }
      // `One` has `callbackForm` where the settings say that there is one.
      const operations = { [name]: one, identities: { list: listIdentities(services) } } as never
      return {
        operations,
        countWaysIn: (db, user) => db.count(identities, { user, provider: name }),
        forget: async (tx, user) => {
          // Those of providers as well that are not offered now: they may be again.
          await tx.deleteMany(identities, { user })
        },
        export: async (db, user) => {
          const { items } = await db.list(identities, {
            where: { user, provider: name },
            select: ['issuer', 'subject', 'email', 'createdAt', 'usedAt'],
          })
          return items
        },
      }
    },
  }
}
