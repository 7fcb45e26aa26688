import type { Show } from '../shown.ts'
import type { Failure } from '../store/failure.ts'
import type { FailureShown } from '../wire.ts'

/** An error as the page may have it, with what caused it. */
export function toShownFailure(show: Show, failure: Failure): FailureShown {
  const { type, message, place, stack, cause } = failure
  return {
    type: show.line(type, 100),
    message: show.text(message, 2_000),
    place: show.line(place, 200),
    stack: show.text(stack, 8_000),
    cause: cause ? toShownFailure(show, cause) : null,
  }
}
