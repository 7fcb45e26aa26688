import type { Passage } from './passage.ts'

/** Lets a request pass, at once or later, or throws what it is refused with. */
export type Step = (passage: Passage) => Promise<void> | undefined

/** Several steps, one after another; undefined for none. */
export function inOrder(steps: readonly Step[]): Step | undefined {
  if (steps.length < 2) return steps[0]
  return (passage) => from(0, passage)

  function from(first: number, passage: Passage): Promise<void> | undefined {
    for (let at = first; at < steps.length; at += 1) {
      const passing = steps[at]?.(passage)
      if (passing) return passing.then(() => from(at + 1, passage))
    }
    return undefined
  }
}
