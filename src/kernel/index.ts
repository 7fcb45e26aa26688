/**
 * The small ports everything else stands on: errors, time, randomness, identifiers, digests,
 * configuration, keys and signals. No I/O, no dependencies on other modules.
 *
 * Import from `plinth/kernel`.
 *
 * @module plinth/kernel
 */
export type { Actor } from './actor.ts'
export { type Clock, systemClock } from './clock.ts'
export {
  type Config,
  type ConfigEntries,
  type Environment,
  isDevelopment,
  readConfig,
} from './config.ts'
export { createMac, type Mac, sha256 } from './digest.ts'
export { fromBase64Url, toBase64Url, toHex } from './encoding.ts'
export { type ErrorOptions, type Issue, misuse, PlinthError } from './errors.ts'
export type {
  EventListeners,
  Events,
  MigrationApplied,
  PolicyDecision,
  RequestStarted,
} from './events.ts'
export { createIds, type IdOptions, isUuid, uuidv7 } from './ids.ts'
export { createKeyring, generateKey, type Keyring, type KeyringOptions } from './keyring.ts'
export { type Mark, type Marked, markOf, marksIn, personal, secret } from './marks.ts'
export type { MailMessage, SendMail, SendText, TextMessage } from './message.ts'
export { assertKnown } from './options.ts'
export { type Random, systemRandom } from './random.ts'
export { Secret } from './secret.ts'
export { isSecretName, plainName } from './secret-names.ts'
export {
  type Attributes,
  type AttributeValue,
  createSignals,
  createTrace,
  isAborted,
  type LogLevel,
  type LogRecord,
  type Measurement,
  type Sampler,
  type Scope,
  type SignalListener,
  type Signals,
  type SpanRecord,
  traced,
} from './signals.ts'
export { release } from './timer.ts'
export type { TraceContext } from './trace-context.ts'
