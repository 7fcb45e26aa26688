/**
 * Mail through an SMTP server.
 *
 * Import from `plinth/smtp`. Needs the package `nodemailer`, version 10.5 or later.
 *
 * @module plinth/smtp
 */
export type { SmtpOptions } from './options.ts'
export { type SmtpSender, smtp } from './smtp.ts'
