import { BINS, quantile } from './latency.ts'

/** How far back a look goes, and in what steps. */
export interface Window {
  /** Milliseconds. */
  readonly length: number
  /** Milliseconds; a multiple of the resolution it is read at. */
  readonly step: number
  readonly resolution: 'second' | 'minute'
}

export type WindowName = '5m' | '1h' | '24h'

export const WINDOWS: Readonly<Record<WindowName, Window>> = {
  '5m': { length: 300_000, step: 5_000, resolution: 'second' },
  '1h': { length: 3_600_000, step: 60_000, resolution: 'minute' },
  '24h': { length: 86_400_000, step: 900_000, resolution: 'minute' },
}

/** What happened within a stretch of time. Durations in milliseconds. */
export interface Point {
  readonly count: number
  /** Answers of 500 and above. */
  readonly errors: number
  /** Answers of 400 to 499. */
  readonly refusals: number
  readonly p50: number | undefined
  readonly p95: number | undefined
  readonly p99: number | undefined
}

export interface Observed {
  /** Milliseconds since the epoch. */
  readonly time: number
  /** Of its duration: `binOf`. */
  readonly bin: number
  readonly status: number
}

/** Counts and durations of requests: by the second for 5 minutes, by the minute for 24 hours. */
export interface Series {
  add(observed: Observed): void
  /** The whole window up to `now` as one. */
  total(window: Window, now: number): Point
  /** The window in its steps, the oldest first; the last is the one that `now` is in. */
  points(window: Window, now: number): Point[]
}

const ERRORS = BINS
const REFUSALS = BINS + 1
const WIDTH = BINS + 2
const SLOTS = 60

const RESOLUTIONS = { second: 1_000, minute: 60_000 } as const
/** One more than the window needs, since it begins within a block. */
const BLOCKS = { second: 6, minute: 25 } as const

/** Creates empty series. They take no memory for times without requests. */
export function createSeries(): Series {
  const seconds = createTrack(RESOLUTIONS.second, BLOCKS.second)
  const minutes = createTrack(RESOLUTIONS.minute, BLOCKS.minute)
  const tracks = { second: seconds, minute: minutes }

  return {
    add(observed) {
      seconds.add(observed)
      minutes.add(observed)
    },
    total(window, now) {
      const sum = new Float64Array(WIDTH)
      const end = endOf(window, now)
      tracks[window.resolution].addUp(sum, end - window.length, end)
      return toPoint(sum)
    },
    points(window, now) {
      const sum = new Float64Array(WIDTH)
      const end = endOf(window, now)
      return Array.from({ length: window.length / window.step }, (_, at) => {
        const start = end - window.length + at * window.step
        sum.fill(0)
        tracks[window.resolution].addUp(sum, start, start + window.step)
        return toPoint(sum)
      })
    },
  }
}

function endOf({ step }: Window, now: number): number {
  return (Math.floor(now / step) + 1) * step
}

interface Block {
  /** Which stretch of 60 slots it holds. */
  number: number
  readonly counts: Uint32Array
}

interface Track {
  add(observed: Observed): void
  /** Adds the slots from `start` up to `end` to `sum`. */
  addUp(sum: Float64Array, start: number, end: number): void
}

/** Slots in blocks of 60. A block is made when it is first needed and used again for later times. */
function createTrack(resolution: number, length: number): Track {
  const blocks = new Array<Block | undefined>(length).fill(undefined)
  return {
    add({ time, bin, status }) {
      const slot = Math.floor(time / resolution)
      const { counts } = blockFor(Math.floor(slot / SLOTS))
      const start = (slot % SLOTS) * WIDTH
      increase(counts, start + bin)
      if (status >= 500) increase(counts, start + ERRORS)
      else if (status >= 400) increase(counts, start + REFUSALS)
    },
    addUp(sum, start, end) {
      for (let slot = start / resolution; slot < end / resolution; slot += 1) {
        const number = Math.floor(slot / SLOTS)
        const block = blocks[number % length]
        if (block?.number !== number) continue
        const from = (slot % SLOTS) * WIDTH
        for (let at = 0; at < WIDTH; at += 1) {
          sum[at] = (sum[at] as number) + (block.counts[from + at] as number)
        }
      }
    },
  }

  function blockFor(number: number): Block {
    const place = number % length
    const block = blocks[place]
    if (block?.number === number) return block
    if (!block) {
      const made = { number, counts: new Uint32Array(SLOTS * WIDTH) }
      blocks[place] = made
      return made
    }
    block.number = number
    block.counts.fill(0)
    return block
  }
}

function increase(counts: Uint32Array, at: number): void {
  counts[at] = (counts[at] as number) + 1
}

function toPoint(sum: Float64Array): Point {
  let count = 0
  for (let at = 0; at < BINS; at += 1) count += sum[at] as number
  return {
    count,
    errors: sum[ERRORS] as number,
    refusals: sum[REFUSALS] as number,
    p50: quantile(sum, 0.5),
    p95: quantile(sum, 0.95),
    p99: quantile(sum, 0.99),
  }
}
