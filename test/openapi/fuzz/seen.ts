/** Values that earlier answers held, so that some requests are about what is there. */
export interface Seen {
  /** The values that something of this name may be, the latest last. */
  of(name: string): readonly string[]
}

/** Remembers a few values by the name of what they belong to. */
export interface Memory {
  /** What is known to requests whose paths begin with this segment. */
  within(segment: string): Seen
  /** Notes what the answer to such a request holds. */
  note(segment: string, answer: { readonly value: unknown; readonly etag: string | null }): void
}

const REMEMBERED = 12

export function createMemory(known: Readonly<Record<string, readonly string[]>> = {}): Memory {
  const values = new Map(Object.entries(known).map(([name, list]) => [name, [...list]]))

  function add(name: string, value: unknown): void {
    if (typeof value !== 'string') return
    const list = values.get(name) ?? []
    values.set(name, list)
    if (list.includes(value)) return
    list.push(value)
    if (list.length > REMEMBERED) list.shift()
  }

  function noteIds(segment: string, value: unknown): void {
    if (Array.isArray(value)) for (const item of value.slice(0, 3)) noteIds(segment, item)
    if (typeof value !== 'object' || value === null) return
    const { id, code, next, items } = value as Readonly<Record<string, unknown>>
    add(segment, id ?? code)
    add('cursor', next)
    noteIds(segment, items)
  }

  return {
    within: (segment) => ({
      of(name) {
        if (name === 'id') return values.get(segment) ?? []
        // A `product` is one of the `products`.
        const names = [name, `${name}s`, `${name}es`]
        return names.flatMap((each) => values.get(each) ?? [])
      },
    }),
    note(segment, { value, etag }) {
      noteIds(segment, value)
      add('if-match', etag)
      add('if-none-match', etag)
      add('If-None-Match', etag)
    },
  }
}
