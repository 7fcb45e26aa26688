import { readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'
import { doors, manifest, root } from '../../../scripts/doors.ts'
import { list, parse } from '../modules.ts'

/** What loading a door may load: folders of `src`, and packages. */
const mayLoad: Record<string, string[]> = {
  plinth: [
    '',
    'kernel',
    'data',
    'http',
    'auth',
    'api',
    'monitor',
    'hono',
    'valibot',
    '@valibot/to-json-schema',
  ],
  'plinth/kernel': ['kernel', 'valibot'],
  'plinth/data': ['kernel', 'data', 'valibot'],
  'plinth/data/sqlite': ['kernel', 'data', 'data/drivers', 'node:*', 'valibot'],
  'plinth/data/postgres': ['kernel', 'data', 'data/drivers', 'node:*', 'valibot'],
  'plinth/data/pglite': ['kernel', 'data', 'data/drivers', 'node:*', 'valibot'],
  'plinth/data/mysql': ['kernel', 'data', 'data/drivers', 'node:*', 'valibot'],
  'plinth/data/kysely': ['kernel', 'data', 'data/drivers', 'valibot'],
  'plinth/http': ['kernel', 'http', 'hono', 'valibot'],
  'plinth/auth': ['kernel', 'data', 'http', 'auth', 'hono', 'valibot'],
  'plinth/auth/oauth': [
    'kernel',
    'data',
    'http',
    'auth',
    'hono',
    'valibot',
    'jose',
    'oauth4webapi',
  ],
  'plinth/auth/pages': ['kernel', 'data', 'http', 'auth', 'hono', 'valibot'],
  'plinth/auth/passkeys': [
    'kernel',
    'data',
    'http',
    'auth',
    'hono',
    'valibot',
    '@simplewebauthn/server',
  ],
  'plinth/auth/service-tokens': ['kernel', 'data', 'http', 'auth', 'hono', 'valibot', 'jose'],
  'plinth/audit': ['kernel', 'data', 'http', 'audit', 'hono', 'valibot'],
  'plinth/api': ['kernel', 'data', 'http', 'api', 'hono', 'valibot', '@valibot/to-json-schema'],
  'plinth/client': ['kernel', 'api/client'],
  'plinth/monitor': ['kernel', 'http', 'monitor', 'hono', 'valibot'],
  'plinth/monitor/alerts': ['kernel', 'http', 'monitor', 'hono', 'valibot'],
  'plinth/monitor/dashboard': ['kernel', 'http', 'monitor', 'hono', 'valibot'],
  'plinth/monitor/opentelemetry': ['kernel', 'monitor', 'valibot'],
  'plinth/redis': ['kernel', 'redis', 'valibot'],
  'plinth/smtp': ['kernel', 'smtp', 'nodemailer', 'valibot'],
  'plinth/node': ['kernel', 'http', 'runtime', 'hono', 'valibot', 'node:*'],
  'plinth/bun': ['kernel', 'http', 'runtime', 'hono', 'valibot'],
  'plinth/deno': ['kernel', 'http', 'runtime', 'hono', 'valibot'],
  'plinth/workers': ['kernel', 'http', 'runtime', 'hono', 'valibot'],
  'plinth/testing': [
    'kernel',
    'data',
    'data/drivers',
    'http',
    'auth',
    'api',
    'api/client',
    'testing',
    'hono',
    'valibot',
    'node:*',
    '@valibot/to-json-schema',
  ],
}

describe('a door of the built package', () => {
  it('each has an entry in the table of what it may load', () => {
    expect(Object.keys(mayLoad)).toEqual(doors.map(({ specifier }) => specifier))
  })

  it.each(doors)('$specifier loads nobody else', ({ specifier, entry }) => {
    const origins = load(`dist/${entry}.js`)
    const allowed = mayLoad[specifier] ?? []
    const wrong = [...origins].filter(([origin]) => !allowed.includes(origin))
    expect(Object.fromEntries(wrong)).toEqual({})
    expect(origins.size).toBeGreaterThan(0)
  })

  it('imports only packages that an installation brings', () => {
    const known = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })
    const files = list('dist/**/*.{js,d.ts}').map(parse)
    const wrong = files.flatMap(({ path, imports }) =>
      imports
        .filter(({ specifier }) => !/^(\.|node:|bun$|bun:|cloudflare:)/.test(specifier))
        .filter(({ specifier }) => !known.includes(packageOf(specifier)))
        .map(({ specifier }) => `${path} -> ${specifier}`),
    )
    expect(wrong).toEqual([])
    expect(files.length).toBeGreaterThan(doors.length)
  })
})

/**
 * Follows the static imports of a bundle and names where the code it loads comes from, with one
 * example of each. What a bundle was made of is read from its source map.
 */
function load(bundle: string): Map<string, string> {
  const origins = new Map<string, string>()
  const seen = new Set<string>()
  const queue = [bundle]
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    if (seen.has(path)) continue
    seen.add(path)
    for (const source of sourcesOf(path)) origins.set(originOf(source), source)
    for (const { specifier, dynamic } of parse(path).imports) {
      if (dynamic) continue
      if (specifier.startsWith('.')) queue.push(join(dirname(path), specifier))
      else origins.set(packageOf(specifier), specifier)
    }
  }
  return origins
}

function sourcesOf(bundle: string): string[] {
  const map: { sources: string[] } = JSON.parse(readFileSync(`${root}${bundle}.map`, 'utf8'))
  return map.sources.map((source) => relative(root, join(root, dirname(bundle), source)))
}

/** `src/kernel/ids.ts` is of `kernel`; drivers and the client are apart from their folders. */
function originOf(source: string): string {
  if (source.startsWith('node_modules/')) return packageOf(source.slice('node_modules/'.length))
  const [, folder = ''] = source.match(/^src\/(data\/drivers|api\/client|[^/]+(?=\/))/) ?? []
  return folder
}

function packageOf(specifier: string): string {
  if (specifier.startsWith('node:')) return 'node:*'
  return specifier.match(/^(@[^/]+\/)?[^/]+/)?.[0] ?? specifier
}
