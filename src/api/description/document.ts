import type { AppLimits, Operation } from '../../http/index.ts'
import { factsOf } from './facts.ts'
import { operationObject } from './operation-object.ts'
import { problemComponents, problemSchema } from './problems.ts'
import { createSchemaWriter } from './schemas.ts'

/** What a description says about the API as a whole. */
export interface DescriptionOptions {
  /** Default `API`. */
  readonly title?: string
  /** The API's version. Default `1.0.0`. */
  readonly version?: string
  /** What the API is for, in Markdown. */
  readonly about?: string
  /** Where the API is served. Default `/`: where the description is. */
  readonly servers?: readonly { readonly url: string; readonly description?: string }[]
  /** Under what terms it may be used. `identifier` is one of SPDX, such as `MIT`. */
  readonly license?: { readonly name: string; readonly identifier?: string; readonly url?: string }
  /** Whom to ask. */
  readonly contact?: { readonly name?: string; readonly url?: string; readonly email?: string }
  readonly termsOfService?: string
  /** What the operations of a tag have in common, by the tag's name. */
  readonly tags?: Readonly<Record<string, string>>
  /** The name of the cookie that signs in. Default `__Host-session`. */
  readonly cookie?: string
}

/** An OpenAPI document, as JSON. */
export type OpenApiDocument = { readonly [member: string]: unknown }

/** Writes the OpenAPI 3.1 document of operations by their ids. */
export function createDocument(
  operations: ReadonlyMap<string, Operation>,
  options: DescriptionOptions & { readonly limits?: AppLimits } = {},
): OpenApiDocument {
  const {
    servers = [{ url: '/' }],
    cookie = '__Host-session',
    limits: { requests = [] } = {},
  } = options
  const schemas = createSchemaWriter()
  const paths: Record<string, Record<string, unknown>> = {}
  const tags = new Set<string>()
  let secured = false
  const all = new Map(Array.from(operations, ([id, each]) => [id, factsOf(each, requests)]))
  for (const [id, facts] of all) {
    const { path, method } = facts.spec
    const route = path.replace(/:([A-Za-z_]\w*)/g, '{$1}')
    const written = operationObject(id, facts, schemas)
    for (const tag of written.tags ?? []) tags.add(tag)
    secured ||= written.security.length > 0
    paths[route] ??= {}
    paths[route][method.toLowerCase()] = written
  }
  return {
    openapi: '3.1.0',
    info: infoOf(options),
    servers,
    tags: Array.from(tags, (name) => {
      return { name, description: options.tags?.[name] ?? `The operations on ${name}.` }
    }),
    paths,
    components: {
      schemas: { ...schemas.components, Problem: problemSchema },
      responses: problemComponents([...all.values()]),
      ...(secured && { securitySchemes: securitySchemes(cookie) }),
    },
  }
}

function infoOf({
  title = 'API',
  version = '1.0.0',
  about,
  termsOfService,
  contact,
  license,
}: DescriptionOptions): OpenApiDocument {
  return {
    title,
    version,
    ...(about !== undefined && { description: about }),
    ...(termsOfService !== undefined && { termsOfService }),
    ...(contact && { contact }),
    ...(license && { license }),
  }
}

function securitySchemes(cookie: string): OpenApiDocument {
  return {
    cookie: {
      type: 'apiKey',
      in: 'cookie',
      name: cookie,
      description: 'The session of a browser. Unsafe methods are taken from trusted origins alone.',
    },
    bearer: {
      type: 'http',
      scheme: 'bearer',
      description: 'The session of a program, as sign-in gives it with `"transport": "bearer"`.',
    },
  }
}
