/**
 * The data that every side is filled with: a hundred owners of a thousand notes each, created in turn,
 * so that one owner's notes lie scattered among everybody's.
 */

export const owner = {
  name: 'Owner',
  email: 'owner@example.com',
  password: 'a long enough passphrase',
} as const

export const owners = 100
export const notesPerOwner = 1000
const firstNote = Date.UTC(2025, 0, 1)

export interface Note {
  /** UUIDv7 of its own time. */
  readonly id: string
  /** From 0, the signed-in owner, to `owners - 1`. */
  readonly owner: number
  readonly title: string
  readonly body: string
  /** ISO 8601 in UTC, a second after the note before it. */
  readonly createdAt: string
}

/** All notes, oldest first. */
export function* notes(): Generator<Note> {
  for (let index = 0; index < notesPerOwner; index++) {
    for (let who = 0; who < owners; who++) yield note(who, index)
  }
}

/** An owner's note by its place in time: 0 is the oldest. */
export function note(who: number, index: number): Note {
  const serial = index * owners + who
  const time = firstNote + serial * 1000
  const hex = time.toString(16).padStart(12, '0')
  return {
    id: `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-${serial.toString(16).padStart(12, '0')}`,
    owner: who,
    title: `Note ${index} of owner ${who}`,
    body: `${index} ${'A line that somebody wrote down and meant to come back to. '.repeat(4)}`,
    createdAt: new Date(time).toISOString(),
  }
}
