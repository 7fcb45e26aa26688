/** Writes figures as people read them. */
export interface Format {
  /** A time of day, in the reader's zone. */
  clock(time: number): string
  /** How long ago, or the day when it was. */
  ago(time: number, now: number): string
  /** A time in full, in UTC: for titles. */
  utc(time: number): string
  duration(milliseconds: number | null | undefined): string
  count(value: number): string
  /** Events a second, from their number and the milliseconds they took. */
  rate(count: number, length: number): string
  share(part: number, whole: number): string
  bytes(value: number): string
  figure(value: number, unit: string): string
}

/** Runs in the browser, sent as its own source: it may use nothing from outside itself. */
export function createFormat(): Format {
  const time = new Intl.DateTimeFormat(undefined, {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  })
  const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })
  const whole = new Intl.NumberFormat('en')
  const format: Format = {
    clock: (at) => time.format(at),
    ago,
    utc: (at) => new Date(at).toISOString().replace('T', ' ').replace('Z', ' UTC'),
    duration,
    count: (value) => whole.format(value),
    rate: (count, length) => (count === 0 ? '0/s' : `${short((count * 1000) / length)}/s`),
    share: (part, all) => (part === 0 || all === 0 ? '0%' : `${short((part / all) * 100)}%`),
    bytes,
    figure,
  }
  return format

  function ago(at: number, now: number): string {
    const seconds = Math.max(0, Math.round((now - at) / 1000))
    if (seconds < 60) return `${seconds} s ago`
    if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ago`
    if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h ago`
    return day.format(at)
  }

  function duration(milliseconds: number | null | undefined): string {
    if (milliseconds === null || milliseconds === undefined) return '–'
    if (milliseconds > 0 && milliseconds < 0.005) return '< 0.01 ms'
    if (milliseconds < 1) return `${milliseconds.toFixed(2)} ms`
    if (milliseconds < 10) return `${milliseconds.toFixed(1)} ms`
    if (milliseconds < 1_000) return `${Math.round(milliseconds)} ms`
    if (milliseconds < 60_000) return `${(milliseconds / 1_000).toFixed(1)} s`
    return `${Math.round(milliseconds / 60_000)} min`
  }

  function short(value: number): string {
    if (value >= 100) return whole.format(Math.round(value))
    if (value >= 10) return value.toFixed(0)
    return value >= 1 ? value.toFixed(1) : value.toFixed(2)
  }

  function bytes(value: number): string {
    if (value < 1_024) return `${Math.round(value)} B`
    const power = Math.min(4, Math.floor(Math.log2(value) / 10))
    return `${short(value / 1_024 ** power)} ${['B', 'KiB', 'MiB', 'GiB', 'TiB'][power]}`
  }

  function figure(value: number, unit: string): string {
    if (unit === 'By') return bytes(value)
    if (unit === 's') return duration(value * 1_000)
    if (unit === 'ms') return duration(value)
    if (unit === '1') return Number.isInteger(value) ? whole.format(value) : short(value)
    const number = Number.isInteger(value) ? whole.format(value) : short(value)
    const named = unit.replace(/^\{|\}$/g, '')
    return named === '' ? number : `${number} ${named}${value === 1 ? '' : 's'}`
  }
}
