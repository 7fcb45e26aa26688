/**
 * The same items, each written when it is asked for. What is no `AsyncIterable` is given back as it is,
 * for whoever sends it to refuse.
 */
export function mapItems(items: unknown, write: (item: unknown) => unknown): unknown {
  if (!isAsyncIterable(items)) return items
  return { [Symbol.asyncIterator]: () => mapIterator(items[Symbol.asyncIterator](), write) }
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value
}

/** Not a generator: one that waits for an item would hear of its end only when the item has come. */
function mapIterator(
  iterator: AsyncIterator<unknown>,
  write: (item: unknown) => unknown,
): AsyncIterator<unknown> {
  return {
    async next() {
      const { done, value } = await iterator.next()
      return done ? { done, value: undefined } : { done: false, value: write(value) }
    },
    async return() {
      await iterator.return?.()
      return { done: true, value: undefined }
    },
  }
}
