import type { PolicyOperation } from '../../data/index.ts'
import type { Method } from '../../http/index.ts'

/** The operations of a resource on its own, in the order of their description. */
export const VERBS = ['list', 'get', 'create', 'replace', 'update', 'delete'] as const
/** The operations of a resource, by name. */
export type ResourceVerb = (typeof VERBS)[number]

/** What can be done to many rows at once. */
export const BULK = ['create', 'update', 'delete'] as const
export type BulkKind = (typeof BULK)[number]
/** The operations on many rows at once, by name. */
export type BulkVerb = `${BulkKind}Many`

/** What one operation is, whatever the table. */
export interface Verb {
  readonly method: Method
  /** What stands behind the path of the list. */
  readonly path: '' | '/:id' | '/bulk'
  readonly policy: PolicyOperation
  /** Whose guard of the team holds for it where it has none of its own. */
  readonly guardedAs?: ResourceVerb
  readonly summary: (title: string) => string
}

export const verbs: Readonly<Record<ResourceVerb | BulkVerb, Verb>> = {
  list: { method: 'GET', path: '', policy: 'read', summary: (title) => `List ${title}` },
  get: {
    method: 'GET',
    path: '/:id',
    policy: 'read',
    summary: (title) => `Get one of the ${title}`,
  },
  create: { method: 'POST', path: '', policy: 'create', summary: (title) => `Add to the ${title}` },
  replace: {
    method: 'PUT',
    path: '/:id',
    policy: 'update',
    guardedAs: 'update',
    summary: (title) => `Replace one of the ${title}`,
  },
  update: {
    method: 'PATCH',
    path: '/:id',
    policy: 'update',
    summary: (title) => `Change one of the ${title}`,
  },
  delete: {
    method: 'DELETE',
    path: '/:id',
    policy: 'delete',
    summary: (title) => `Delete one of the ${title}`,
  },
  createMany: {
    method: 'POST',
    path: '/bulk',
    policy: 'create',
    guardedAs: 'create',
    summary: (title) => `Add many to the ${title}`,
  },
  updateMany: {
    method: 'PATCH',
    path: '/bulk',
    policy: 'update',
    guardedAs: 'update',
    summary: (title) => `Change many of the ${title}`,
  },
  deleteMany: {
    method: 'DELETE',
    path: '/bulk',
    policy: 'delete',
    guardedAs: 'delete',
    summary: (title) => `Delete many of the ${title}`,
  },
}
