import type { Difference } from './change.ts'
import { type Escape, findEscapes, type Located } from './escapes.ts'

/** A schema at one place of the two documents. */
interface Compared {
  /** Whether clients send what it describes, or read it. */
  readonly side: 'request' | 'response'
  readonly place: string
  readonly before: Located
  readonly after: Located
}

/** What has changed in what a place takes or holds. */
export function differences({ side, place, before, after }: Compared): Difference[] {
  const gone = findEscapes(before, after)
  const added = findEscapes(after, before)
  const [broken, fine] = side === 'request' ? [gone, added] : [added, gone]
  const { breaking, harmless } = WORDS[side]
  return [
    ...broken.map((each) => told(place, each, breaking)),
    ...fine.map((each) => told(place, each, harmless)),
  ]
}

interface Wording {
  readonly breaking: boolean
  readonly say: Readonly<Record<Escape['kind'], (what: string) => string>>
}

const WORDS: Readonly<Record<'request' | 'response', { breaking: Wording; harmless: Wording }>> = {
  request: {
    breaking: {
      breaking: true,
      say: {
        absent: () => 'is required now',
        unknown: () => 'is not taken any more',
        value: (what) => `does not take ${what} any more`,
      },
    },
    harmless: {
      breaking: false,
      say: {
        absent: () => 'is optional now',
        unknown: () => 'is new',
        value: (what) => `takes ${what} as well`,
      },
    },
  },
  response: {
    breaking: {
      breaking: true,
      say: {
        absent: () => 'may be absent now',
        unknown: () => 'is new where nothing more was promised',
        value: (what) => `may be ${what} now`,
      },
    },
    harmless: {
      breaking: false,
      say: {
        absent: () => 'is always there now',
        unknown: () => 'is not there any more, and was optional',
        value: (what) => `is never ${what} any more`,
      },
    },
  },
}

function told(place: string, { path, kind, what }: Escape, { breaking, say }: Wording): Difference {
  return { place: place + path, reason: say[kind](what), breaking }
}
