import type { OperationSpec } from '../../http/index.ts'
import type { BulkVerb, ResourceVerb } from './verbs.ts'

type Answers = Pick<OperationSpec, 'errors' | 'responseHeaders'>

/** What of a resource its answers depend on. */
interface Versioned {
  readonly version: string | undefined
  readonly options: { readonly requireMatch?: boolean; readonly replace?: 'upsert' }
}

const ETAG = { etag: 'The version of the row, for `If-Match` and `If-None-Match`.' }
const LOCATION = { location: 'Where the row is.' }
const LINK = { link: 'The first page, and the next one (RFC 8288).' }

/** What the description says of the answers of one verb beside their bodies. */
export function answersOf({ version, options }: Versioned, verb: ResourceVerb | BulkVerb): Answers {
  const etag = version === undefined ? {} : ETAG
  const conditional = {
    412: ['precondition_failed'],
    ...(options.requireMatch && { 428: ['precondition_required'] }),
  }
  const rows = { 404: ['not_found'] }
  const known: Readonly<Record<ResourceVerb | BulkVerb, Answers>> = {
    list: { responseHeaders: { 200: LINK } },
    get: { responseHeaders: { 200: etag } },
    create: { responseHeaders: { 201: { ...LOCATION, ...etag } } },
    replace: {
      responseHeaders: { 200: etag, ...(options.replace && { 201: etag }) },
      errors: conditional,
    },
    update: { responseHeaders: { 200: etag }, errors: conditional },
    delete: { errors: conditional },
    createMany: {},
    updateMany: { errors: rows },
    deleteMany: { errors: rows },
  }
  return known[verb]
}
