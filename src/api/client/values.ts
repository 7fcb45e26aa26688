/** Values by name, once their types no longer matter. */
export type Values = Readonly<Record<string, unknown>>

/** Name by name; a list is given once for each of its items, what is undefined or null not at all. */
export function pairsOf(values: unknown): readonly (readonly [string, unknown])[] {
  return Object.entries((values ?? {}) as Values).flatMap(([name, value]) => {
    const items: readonly unknown[] = [value ?? []].flat()
    return items.map((item) => [name, item] as const)
  })
}

/** The text of a value in a URL, a header or a form. */
export function textOf(value: unknown): string {
  return value instanceof Date ? value.toISOString() : String(value)
}

/** Writes values into a form or a query. */
export function append<Form extends URLSearchParams | FormData>(form: Form, values: unknown): Form {
  for (const [name, value] of pairsOf(values)) form.append(name, textOf(value))
  return form
}
