const INSTANT =
  /^(\d{4})-(\d\d)-(\d\d)T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/

/**
 * Reads an instant of RFC 3339, such as `2026-01-31T09:30:00Z`, or answers `undefined`. Stricter than
 * `Date.parse`, which takes the 31st of February for a day in March and text without a zone for the
 * server's own. What is finer than a millisecond is cut off.
 */
export function fromInstant(text: unknown): Date | undefined {
  const match = typeof text === 'string' ? INSTANT.exec(text) : null
  if (!match) return undefined
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])]
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return undefined
  return new Date(match[0])
}

function daysIn(year: number, month: number): number {
  // The day before the first of the next month. Set apart from the year: `Date.UTC(99)` means 1999.
  const date = new Date(0)
  date.setUTCFullYear(year, month, 0)
  return date.getUTCDate()
}

const DAY = 86_400_000
const DIGITS: readonly string[] = Array.from({ length: 60 }, (_, value) =>
  String(value).padStart(2, '0'),
)
let day = Number.NaN
let dayText = ''

/**
 * Writes an instant as `Date.prototype.toISOString` does, at a third of its cost: the rows of a page
 * are mostly of few days, and the day is what takes long to write.
 */
export function toInstant(date: Date): string {
  const time = date.getTime()
  const thisDay = Math.floor(time / DAY)
  if (thisDay !== day) {
    // Throws for a date that is none, as it should.
    dayText = date.toISOString().slice(0, -13)
    day = thisDay
  }
  const rest = time - thisDay * DAY
  const hours = DIGITS[Math.floor(rest / 3_600_000)]
  const minutes = DIGITS[Math.floor(rest / 60_000) % 60]
  const seconds = DIGITS[Math.floor(rest / 1000) % 60]
  return `${dayText}${hours}:${minutes}:${seconds}.${String(rest % 1000).padStart(3, '0')}Z`
}
