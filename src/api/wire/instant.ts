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
