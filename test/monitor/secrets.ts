/**
 * Secrets of many shapes, and the search for them. Each holds 16 letters and digits that no other
 * text has, in some order that no chance makes twice: what is left of a secret in any spelling is found by them.
 */

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const CORE = 16

/** A generator of numbers that gives the same ones at every run (mulberry32). */
function createNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** What secrets look like around their core: keys, passwords of people, hexadecimal, Unicode, quotes. */
const SHAPES: readonly ((core: string) => string)[] = [
  (core) => core,
  (core) => `${core}${core.slice(0, 9)}`,
  (core) => `it's "${core}", isn't it?`,
  (core) => `p@ss/w:rd ${core} \u{1f511}é`,
  (core) => `${core}==`,
  (core) => `a\\b\n${core}\tc&d=e;f`,
]
/** The shapes that may stand in headers, cookies and URLs as they are. */
const TOKENS: readonly ((core: string) => string)[] = [
  (core) => core,
  (core) => `sess-${core}_x`,
  (core) => `${core}.${core.slice(3)}`,
]

export interface Secrets {
  /** A new secret, noted with the place that it is planted at. */
  plant(place: string): string
  /** One that headers, cookies and URLs can carry. */
  plantToken(place: string): string
  readonly count: number
  /** The places whose secrets stand somewhere in the text, in any of their spellings. */
  findIn(text: string): string[]
}

export function createSecrets(seed: number): Secrets {
  const random = createNumbers(seed)
  const places = new Map<string, string>()
  let count = 0

  function plantAs(shapes: readonly ((core: string) => string)[], place: string): string {
    let core = ''
    // A digit among letters, as every secret of a generator has.
    while (core.length < CORE) core += ALPHABET[Math.floor(random() * ALPHABET.length)]
    core = `${core.slice(0, 5)}${count % 10}${core.slice(6)}`
    const shape = shapes[count % shapes.length] as (core: string) => string
    count += 1
    for (const [spelling, text] of spellingsOf(core)) places.set(text, `${place} (${spelling})`)
    return shape(core)
  }

  return {
    plant: (place) => plantAs(SHAPES, place),
    plantToken: (place) => plantAs(TOKENS, place),
    get count() {
      return count
    },
    findIn(text) {
      const found = new Set<string>()
      for (const [run] of text.matchAll(/[A-Za-z0-9+/]{16,}/g)) {
        for (let at = 0; at + CORE <= run.length; at++) {
          const place = places.get(run.slice(at, at + CORE))
          if (place) found.add(place)
        }
      }
      return [...found]
    },
  }
}

/** Sixteen characters of each spelling. Percent-encoding leaves letters and digits as they are. */
function spellingsOf(core: string): [spelling: string, text: string][] {
  const hex = Buffer.from(core).toString('hex')
  const base64 = [0, 1, 2].map((shift): [string, string] => {
    const text = Buffer.from(`${'\0'.repeat(shift)}${core}`).toString('base64')
    // The first and last characters depend on what stands around.
    return [`base64 at ${shift}`, text.slice(4, 4 + CORE)]
  })
  return [
    ['raw', core],
    ['hexadecimal', hex.slice(0, CORE)],
    ['hexadecimal', hex.slice(0, CORE).toUpperCase()],
    ['lower case', core.toLowerCase()],
    ['upper case', core.toUpperCase()],
    ['reversed', [...core].reverse().join('')],
    ...base64,
  ]
}
