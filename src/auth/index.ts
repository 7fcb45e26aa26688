/**
 * Who is calling: users, sign-up and sign-in, sessions, and limits on how often credentials may be
 * tried.
 *
 * Import from `plinth/auth`.
 *
 * @module plinth/auth
 */

export { type AccountOptions, account } from './account/account.ts'
export type { AccountExport, ExportRows } from './account/export-account.ts'
export type { AccountOperations } from './account/operations.ts'
export { type ApiKeyOptions, apiKeys } from './api-keys/api-keys.ts'
export type { KeyLimit } from './api-keys/api-keys-table.ts'
export type { ApiKeyOperations } from './api-keys/operations.ts'
export type {
  ApiKeyInput,
  ApiKeyView,
  NewApiKey,
  ServiceAccountView,
} from './api-keys/wire.ts'
export {
  type Auth,
  type AuthOperations,
  type AuthOptions,
  auth,
  type OperationsOf,
} from './auth.ts'
export { type SiteverifyOptions, siteverify, turnstile } from './captcha/siteverify.ts'
export { type EmailCodeOptions, emailCode } from './codes/email-code.ts'
export type {
  CodeAnswer,
  CodeSent,
  EmailCodeOperations,
  PhoneView,
  SmsCodeOperations,
} from './codes/operations.ts'
export { normalizePhone } from './codes/phone-number.ts'
export { type SmsCodeOptions, smsCode } from './codes/sms-code.ts'
export type { CodeText, ComposeText } from './codes/text.ts'
export {
  type DeviceEntry,
  type DeviceOperations,
  rememberedDevices,
} from './devices/remembered-devices.ts'
export { normalizeEmail } from './email.ts'
export { emailChange } from './email-change/email-change.ts'
export type { EmailChangeOperations } from './email-change/operations.ts'
export type { AuthErrorCode } from './errors.ts'
export type { AuthEvent, EventFacts, OnAuthEvent } from './events.ts'
export type { Captcha } from './limits/gate.ts'
export type { Limit, LimitOptions, LimitSettings } from './limits/limit-settings.ts'
export { type MagicLinkOptions, magicLink } from './magic-link/magic-link.ts'
export type { MagicLinkOperations } from './magic-link/operations.ts'
export { consoleMail, consoleText } from './mail/console-mail.ts'
export type { LinkPaths } from './mail/links.ts'
export {
  type Compose,
  type ComposedMail,
  composeNotice,
  type Notice,
  type Occasion,
  type SecurityChange,
} from './mail/notice.ts'
export { type AuthPorts, type OpenAuth, openAuth } from './open-auth.ts'
export type { AuthPart, Factor, Feature } from './part.ts'
export type { Breached } from './password/breached.ts'
export type { PasswordOperations } from './password/operations.ts'
export { type PasswordOptions, password } from './password/password.ts'
export { type PwnedPasswordsOptions, pwnedPasswords } from './password/pwned-passwords.ts'
export type { PermissionsOf, RolePermissions } from './permissions.ts'
export type { RecoveryCodeOperations } from './recovery-codes/operations.ts'
export { recoveryCodes } from './recovery-codes/recovery-codes.ts'
export type { RefreshOperations } from './refresh/operations.ts'
export { type RefreshOptions, refreshTokens } from './refresh/refresh.ts'
export type { SessionOperations } from './session/session-operations.ts'
export type { SessionOptions, SessionSettings } from './session/session-settings.ts'
export { type SessionColumns, sessions } from './session/sessions-table.ts'
export type {
  RenewedSession,
  SessionEntry,
  SessionView,
  Transport,
  UserView,
} from './session/wire.ts'
export type { SecondFactorBody } from './sign-in/second-factor.ts'
export type { SecondFactorNeeded, SignedIn } from './sign-in/wire.ts'
export type { Impersonation, ImpersonationOperations } from './staff/impersonation.ts'
export type { StaffPermissions } from './staff/permissions.ts'
export { type StaffOperations, type StaffOptions, staff } from './staff/staff.ts'
export type { StaffUser, StaffUserOperations } from './staff/user-operations.ts'
export type { TotpEnrolment, TotpOperations } from './totp/operations.ts'
export { type TotpOptions, totp } from './totp/totp.ts'
export { type UserColumns, users } from './users.ts'
