import * as v from 'valibot'
import type { Row } from '../../data/index.ts'
import { nameSchema } from '../name.ts'
import type { apiKeys, KeyLimit } from './api-keys-table.ts'
import type { serviceAccounts } from './service-accounts-table.ts'

/** An API key, as its owner's list shows it. */
export interface ApiKeyView {
  readonly id: string
  readonly name: string
  /** What the key begins with. */
  readonly start: string
  /** The permissions that it is limited to; null for all that its owner has. */
  readonly scopes: string[] | null
  readonly limit: KeyLimit | null
  readonly createdAt: Date
  readonly expiresAt: Date | null
  /** To the minute. */
  readonly lastUsedAt: Date | null
}

/** A key just made, and the one copy there is of it. */
export interface NewApiKey {
  readonly apiKey: ApiKeyView
  /** To send as `Authorization: Bearer`. */
  readonly key: string
}

/** What a new key is to be like. */
export interface ApiKeyInput {
  readonly name: string
  /** Permissions that the owner has. Default: not limited. */
  readonly scopes?: string[] | undefined
  /** ISO 8601. Default: never. */
  readonly expiresAt?: string | undefined
  /** Default: as often as one likes. */
  readonly limit?: KeyLimit | undefined
}

/** A service account, as staff see it. */
export interface ServiceAccountView {
  readonly id: string
  readonly name: string
  readonly permissions: string[]
  readonly createdAt: Date
  readonly disabledAt: Date | null
}

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
const positive = v.pipe(v.number(), v.integer(), v.minValue(1))

const limitSchema: v.GenericSchema<KeyLimit> = v.object({
  requests: v.pipe(positive, v.maxValue(1_000_000)),
  window: v.pipe(positive, v.minValue(1000), v.maxValue(DAY)),
})

/** Names of permissions, each once. */
export const permissionNames: v.GenericSchema<string[]> = v.pipe(
  v.array(v.pipe(v.string(), v.nonEmpty(), v.maxLength(200))),
  v.nonEmpty(),
  v.maxLength(200),
  v.transform((names) => [...new Set(names)]),
)

const expirySchema: v.GenericSchema<string, Date> = v.pipe(
  v.string(),
  v.isoTimestamp('Expected a time such as 2030-01-31T12:00:00Z.'),
  v.transform((text) => new Date(text)),
)

/** A key that is asked for, parsed. */
export interface WantedKey {
  readonly name: string
  readonly scopes?: string[] | undefined
  readonly expiresAt?: Date | undefined
  readonly limit?: KeyLimit | undefined
}

export const apiKeyInput: v.GenericSchema<ApiKeyInput, WantedKey> = v.object({
  name: nameSchema,
  scopes: v.optional(permissionNames),
  expiresAt: v.optional(expirySchema),
  limit: v.optional(limitSchema),
})

export const apiKeyView: v.GenericSchema<ApiKeyView> = v.object({
  id: v.string(),
  name: v.string(),
  start: v.string(),
  scopes: v.nullable(v.array(v.string())),
  limit: v.nullable(v.object({ requests: v.number(), window: v.number() })),
  createdAt: v.date(),
  expiresAt: v.nullable(v.date()),
  lastUsedAt: v.nullable(v.date()),
})

export const newApiKey: v.GenericSchema<NewApiKey> = v.object({
  apiKey: apiKeyView,
  key: v.string(),
})

export const serviceAccountView: v.GenericSchema<ServiceAccountView> = v.object({
  id: v.string(),
  name: v.string(),
  permissions: v.array(v.string()),
  createdAt: v.date(),
  disabledAt: v.nullable(v.date()),
})

export function toApiKeyView(row: Row<typeof apiKeys>): ApiKeyView {
  const { id, name, start, scopes, limit, createdAt, expiresAt, lastUsedAt } = row
  return { id, name, start, scopes, limit, createdAt, expiresAt, lastUsedAt }
}

export function toServiceAccountView(row: Row<typeof serviceAccounts>): ServiceAccountView {
  const { id, name, permissions, createdAt, disabledAt } = row
  return { id, name, permissions, createdAt, disabledAt }
}
