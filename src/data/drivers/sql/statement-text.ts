/** Names in any database's quotes, texts, words, and the signs that matter. */
const TOKENS = /"(?:[^"]|"")*"|`(?:[^`]|``)*`|'(?:[^']|'')*'|[\p{L}_][\p{L}\p{N}_$]*|[().,?]/gu

const FILTERS = new Set(['where', 'on', 'having'])
const OTHERS = new Set(['select', 'from', 'join', 'set', 'order', 'group', 'limit', 'returning'])
const TABLE_FOLLOWS = new Set(['from', 'join', 'update', 'into'])
const NO_ALIAS = new Set(
  'where on set values join left right inner cross order group limit returning using for'.split(
    ' ',
  ),
)

/** The tables of a statement by what it calls them. */
export function tablesOf(text: string): ReadonlyMap<string, string> {
  const tables = new Map<string, string>()
  const tokens = text.match(TOKENS) ?? []
  for (const [at, token] of tokens.entries()) {
    const table = nameOf(tokens[at + 1])
    if (!TABLE_FOLLOWS.has(token.toLowerCase()) || table === undefined) continue
    const next = tokens[at + 2]?.toLowerCase() === 'as' ? tokens[at + 3] : tokens[at + 2]
    const alias = next && !NO_ALIAS.has(next.toLowerCase()) ? nameOf(next) : undefined
    tables.set(alias ?? table, table)
  }
  return tables
}

/**
 * The columns by which a statement narrows down the table that it calls `name`, and words that may be
 * none: whoever asks knows the columns. `only` says that no other table is in it.
 */
export function filtersOf(
  text: string,
  { name, only }: { readonly name: string; readonly only: boolean },
): readonly string[] {
  const found = new Set<string>()
  const outer: boolean[] = []
  let filtering = false
  const tokens = text.match(TOKENS) ?? []
  for (const [at, token] of tokens.entries()) {
    const word = token.toLowerCase()
    if (token === '(') outer.push(filtering)
    else if (token === ')') filtering = outer.pop() ?? false
    else if (FILTERS.has(word)) filtering = true
    else if (OTHERS.has(word)) filtering = false
    const column = nameOf(token)
    if (!filtering || column === undefined || tokens[at + 1] === '.') continue
    const owner = tokens[at - 1] === '.' ? nameOf(tokens[at - 2]) : undefined
    if (owner === name || (owner === undefined && only)) found.add(column)
  }
  return [...found]
}

/** The placeholders of a statement that writes all of them as `?`. */
export function countPlaceholders(text: string): number {
  return (text.match(TOKENS) ?? []).filter((token) => token === '?').length
}

function nameOf(token: string | undefined): string | undefined {
  const sign = token?.[0]
  if (token === undefined || sign === "'" || /^[().,?]$/.test(token)) return undefined
  return sign === '"' || sign === '`' ? token.slice(1, -1).replaceAll(sign + sign, sign) : token
}
