import type { MaybePromise } from './value.ts'

/** Continues with `next` at once when the value is there, or as soon as it is. */
export function chain<T, U>(
  value: MaybePromise<T>,
  next: (value: T) => MaybePromise<U>,
): MaybePromise<U> {
  return value instanceof Promise ? value.then(next) : next(value)
}

/** Runs `step` for each item, one after the other, without a turn of the event loop it does not need. */
export function chainEach<T>(
  items: readonly T[],
  step: (item: T, at: number) => MaybePromise<void>,
  from = 0,
): MaybePromise<void> {
  for (let at = from; at < items.length; at++) {
    const done = step(items[at] as T, at)
    if (done instanceof Promise) return done.then(() => chainEach(items, step, at + 1))
  }
}
