/**
 * Alerts from inside the process: rules about metrics, told by webhook and mail.
 *
 * Import from `plinth/monitor/alerts`.
 *
 * @module plinth/monitor/alerts
 */
export { type AlertsOptions, alerts } from './alerts.ts'
export { type BurnRateOptions, type BurnWindow, burnRate } from './burn-rate.ts'
export { type AlertDestination, UndeliverableError } from './destination.ts'
export { type MailOptions, mail } from './mail.ts'
export { type AlertNotice, toSubject, toText } from './notice.ts'
export { type RateOptions, type RatioOptions, rate } from './rate.ts'
export type { AlertRule, Finding, RuleOptions, Severity, Watch } from './rule.ts'
export type { Selection } from './selection.ts'
export { type Measure, type ThresholdOptions, threshold } from './threshold.ts'
export { type WebhookOptions, webhook } from './webhook.ts'
