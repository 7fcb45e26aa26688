import type { AlertRule, Severity } from './rule.ts'

/** What is told of an alert: that it began, that it goes on, that it is over. */
export interface AlertNotice {
  readonly type: 'alert.firing' | 'alert.repeated' | 'alert.resolved'
  /** The same for all notices of one incident. */
  readonly incident: string
  readonly rule: string
  readonly severity: Severity
  /** What was measured and what the limit is. Of a resolved one: what it is now. */
  readonly words: string
  /** The number in it, where there is one. */
  readonly value: number | undefined
  /** What to do, as the rule says. */
  readonly note: string | undefined
  /** Who reports, as `alerts({ service })` says. */
  readonly service: string
  /** Since when the condition has held; when it is told of comes `for` later. */
  readonly since: Date
  /** When this notice was made. */
  readonly at: Date
}

/** The notice in one line: the subject of its mail. */
export function toSubject({ type, rule, severity, service }: AlertNotice): string {
  return `[${service}] ${STATES[type]}: ${rule} (${severity})`
}

/** The notice as a text for people. */
export function toText(notice: AlertNotice): string {
  const { type, words, note, since, at, incident } = notice
  const over = type === 'alert.resolved'
  const lines = [
    toSubject(notice),
    '',
    `${words}.`,
    ...(note === undefined ? [] : ['', note]),
    '',
    `Since ${since.toISOString()}${over ? `, over at ${at.toISOString()}` : ''}. Incident ${incident}.`,
  ]
  return lines.join('\n')
}

const STATES: Readonly<Record<AlertNotice['type'], string>> = {
  'alert.firing': 'ALERT',
  'alert.repeated': 'STILL',
  'alert.resolved': 'resolved',
}

/** What of a notice comes from the rule. */
export function ofRule({
  name,
  severity,
  note,
}: AlertRule): Pick<AlertNotice, 'rule' | 'severity' | 'note'> {
  return { rule: name, severity, note }
}
