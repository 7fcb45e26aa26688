/**
 * Our side without monitoring built in: from a copy of the package in which nothing asks whether anybody
 * listens (`suites/monitor/bare.ts`).
 *
 * `node peers/monitor/bare.ts FILE off COPY`
 */
import { registerHooks } from 'node:module'
import { pathToFileURL } from 'node:url'

const [, , copy = ''] = process.argv.slice(2)
const original = new URL('../../../dist/', import.meta.url).href
const bare = pathToFileURL(`${copy}/`).href

registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context)
    if (!found.url.startsWith(original)) return found
    return { ...found, url: bare + found.url.slice(original.length) }
  },
})
await import('../../ours.ts')
