import { misuse } from '../../../kernel/index.ts'
import type { Link } from '../sql/link.ts'

export interface SetUpOptions {
  readonly place: string
  /** Milliseconds after which the server ends a statement or an idle transaction; 0: never. */
  readonly limit: number
}

const OLDEST = 12

/** Sets a new connection up in one round trip, and tells what makes the database unfit. */
export async function setUp(link: Link, { place, limit }: SetUpOptions): Promise<void> {
  const { rows } = await link.run(query, [String(Math.ceil(limit))])
  const [version, encoding, schema] = rows[0] ?? []
  if (Number(version) < OLDEST * 10_000) {
    throw misuse(
      place,
      `is PostgreSQL ${Math.floor(Number(version) / 10_000)}; expected ${OLDEST} or later`,
    )
  }
  if (encoding !== 'UTF8') throw misuse(place, `its encoding is ${encoding}; expected UTF8`)
  if (schema === null) throw misuse(place, 'no schema of its search_path exists')
}

/** What a role or a database may have set otherwise, and what answers are read by. */
const settings: readonly (readonly [name: string, value: string])[] = [
  ['statement_timeout', '$1'],
  ['idle_in_transaction_session_timeout', '$1'],
  ['timezone', "'UTC'"],
  ['datestyle', "'ISO'"],
  ['bytea_output', "'hex'"],
  ['extra_float_digits', "'1'"],
]

const query = {
  sql: `SELECT current_setting('server_version_num'), current_setting('server_encoding'), current_schema(), ${settings
    .map(([name, value]) => `set_config('${name}', ${value}, false)`)
    .join(', ')}`,
  returns: true,
  single: true,
  summary: 'set up',
}
