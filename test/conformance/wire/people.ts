/** Those who may call in the cases: two for each, so that no case sees the rows of another. */

export const PEOPLE = 4_000

/** The id of one of them. */
export function personId(index: number): string {
  return `00000000-0000-7000-8000-${String(index).padStart(12, '0')}`
}
