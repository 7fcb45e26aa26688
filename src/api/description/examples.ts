import type { Example, Operation } from '../../http/index.ts'

/** The examples of a media type or a parameter, by name. */
export interface Examples {
  readonly examples?: Readonly<Record<string, { readonly summary?: string; value: unknown }>>
}

/** Takes one value out of each example of an operation that has it. */
export function examplesOf(
  { examples = {} }: Operation['spec'],
  pick: (example: Example) => unknown,
): Examples {
  const picked = Object.entries(examples).flatMap(([name, example]) => {
    const value = pick(example)
    const { summary } = example
    return value === undefined ? [] : [[keyOf(name), { summary: summary ?? name, value }] as const]
  })
  return picked.length > 0 ? { examples: Object.fromEntries(picked) } : {}
}

/** Keys of a document's maps are words; the example's own name is its summary. */
function keyOf(name: string): string {
  return name.replaceAll(/[^\w.-]+/g, '-')
}
