/**
 * Why no test holds a requirement yet. One that a test holds has no place here: a test of the house sees
 * to it.
 */
export const reasons: Readonly<Record<string, string>> = {
  '1.2.10': 'Nothing here writes CSV: an operation that does writes its own.',
}
