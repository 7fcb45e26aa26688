/**
 * Operations with a database: declared by hand or derived from a table, mounted as an app, described
 * in OpenAPI 3.1 and called with a typed client.
 *
 * Import from `plinth/api`; the client from `plinth/client`.
 *
 * @module plinth/api
 */
export {
  anyone,
  assurance,
  type BranchOptions,
  branch,
  bytes,
  concurrencyLimit,
  content,
  download,
  events,
  every,
  file,
  form,
  fresh,
  type Guard,
  header,
  json,
  lines,
  loopback,
  type Middleware,
  memoryStore,
  multipart,
  permission,
  rateLimit,
  role,
  signedIn,
  text,
  type UploadedFile,
} from '../http/index.ts'
export { apiTables } from './api-tables.ts'
export type { DescriptionOptions, OpenApiDocument } from './description/document.ts'
export { found } from './found.ts'
export { databaseStore } from './limits/database-store.ts'
export { type MountedApp, type MountOptions, mount } from './mount.ts'
export { operation, type Services } from './operation.ts'
export { type Computed, computed } from './resource/computed.ts'
export type { FilterName, FilterOperator } from './resource/filters.ts'
export type { ListOptions } from './resource/list-query.ts'
export type {
  Resource,
  ResourceOperations,
  ResourcePage,
  ResourceRow,
  WireConditions,
  WireListQuery,
  WireRowQuery,
} from './resource/operations.ts'
export type { ResourceOptions } from './resource/options.ts'
export { resource } from './resource/resource.ts'
export type { BulkKind, BulkVerb, ResourceVerb } from './resource/verbs.ts'
export { pageSchema, rowSchema, type WirePage, type WireRow, type WireValue } from './wire/row.ts'
export {
  type BodyOptions,
  type ClientInsert,
  type ClientPatch,
  insertSchema,
  patchSchema,
  type WireInsert,
  type WireMerge,
  type WirePatch,
} from './wire/values.ts'
