import { type Html, html } from '../../http/index.ts'

const FORMAT = new Intl.DateTimeFormat('en-GB', {
  dateStyle: 'medium',
  timeStyle: 'short',
  timeZone: 'UTC',
})

/** Shows an instant. Nobody knows the reader's time zone without a script, so it is named. */
export function timeView(instant: string): Html {
  const date = new Date(instant)
  return html`<time datetime="${date.toISOString()}">${FORMAT.format(date)} UTC</time>`
}
