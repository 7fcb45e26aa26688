import type { Capabilities } from '../../store.ts'

export const capabilities: Capabilities = {
  interactive: true,
  isolation: ['read committed', 'repeatable read', 'serializable'],
  savepoints: true,
  references: true,
  concurrentWrites: true,
  transactionalSchema: true,
  jsonPaths: true,
  joins: true,
  version: false,
  sql: true,
}
