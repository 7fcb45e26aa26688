import { type Operation, signedIn, toValibot } from '../../http/index.ts'
import { parametersOf } from './parameters.ts'
import { problemResponses, problemSchema, responsesOf } from './responses.ts'
import { createSchemaWriter, type SchemaWriter } from './schemas.ts'

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
  readonly license?: { readonly name: string; readonly identifier?: string; readonly url?: string }
}

/** An OpenAPI document, as JSON. */
export type OpenApiDocument = { readonly [member: string]: unknown }

/** Writes the OpenAPI 3.1 document of operations by their ids. */
export function createDocument(
  operations: ReadonlyMap<string, Operation>,
  { title = 'API', version = '1.0.0', about, servers, license }: DescriptionOptions = {},
): OpenApiDocument {
  const schemas = createSchemaWriter()
  const paths: Record<string, Record<string, unknown>> = {}
  for (const [id, operation] of operations) {
    const { path, method } = operation.spec
    const route = path.replace(/:([A-Za-z_]\w*)/g, '{$1}')
    paths[route] ??= {}
    paths[route][method.toLowerCase()] = operationObject(id, operation, schemas)
  }
  return {
    openapi: '3.1.0',
    info: {
      title,
      version,
      ...(about === undefined ? {} : { description: about }),
      ...(license === undefined ? {} : { license }),
    },
    servers: servers ?? [{ url: '/' }],
    paths,
    components: {
      schemas: { ...schemas.components, Problem: problemSchema },
      responses: problemResponses,
      securitySchemes: {
        cookie: { type: 'apiKey', in: 'cookie', name: '__Host-session' },
        bearer: { type: 'http', scheme: 'bearer' },
      },
    },
  }
}

function operationObject(
  id: string,
  operation: Operation,
  schemas: SchemaWriter,
): Record<string, unknown> {
  const { spec } = operation
  const guard = spec.guard ?? signedIn
  const parameters = parametersOf(operation, schemas)
  const tags = tagsOf(id, operation)
  return {
    operationId: id,
    ...(tags.length > 0 ? { tags } : {}),
    summary: spec.summary ?? id,
    ...(spec.description === undefined ? {} : { description: spec.description }),
    ...(spec.deprecated ? { deprecated: true } : {}),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(spec.body ? { requestBody: bodyOf(spec.body, schemas) } : {}),
    responses: responsesOf(operation, schemas),
    security: guard.authenticated ? [{ cookie: [] }, { bearer: [] }] : [],
    'x-guard': guard.name,
  }
}

/** Operations are grouped by the first name on their way. */
function tagsOf(id: string, { spec }: Operation): readonly string[] {
  if (spec.tags) return spec.tags
  const [first = '', ...rest] = id.split('.')
  return rest.length > 0 ? [first] : []
}

function bodyOf(
  given: NonNullable<Operation['spec']['body']>,
  schemas: SchemaWriter,
): Record<string, unknown> {
  const schema = toValibot(given)
  return {
    required: schema.type !== 'optional' && schema.type !== 'nullish',
    content: { 'application/json': { schema: schemas.write(schema, 'input') } },
  }
}
