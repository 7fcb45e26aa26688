import { misuse } from '../../../kernel/index.ts'

export type ServerName = 'mysql' | 'mariadb'

/** Which server answers, and what follows from that. */
export interface Server {
  readonly name: ServerName
  /** Compares text by code points, trailing blanks included. */
  readonly collation: string
  /** The most bytes of one statement with its parameters. */
  readonly maxPacket: number
  /** Whether a transaction can be made to refuse rows that were changed since its snapshot. */
  readonly snapshots: boolean
}

export interface ServerFacts {
  /** Such as `8.4.3` or `10.11.6-MariaDB-1`. */
  readonly version: string
  readonly maxPacket: number
  readonly snapshots: boolean
}

const oldest: Readonly<Record<ServerName, { readonly title: string; readonly version: string }>> = {
  // The first with the collation utf8mb4_0900_bin and with CHECK.
  mysql: { title: 'MySQL', version: '8.0.17' },
  // Older ones have not been maintained for years.
  mariadb: { title: 'MariaDB', version: '10.5.0' },
}

/** Tells which server it is, and refuses those that are too old or only look alike. */
export function identifyServer(place: string, facts: ServerFacts): Server {
  const { version, maxPacket, snapshots } = facts
  const name: ServerName = /mariadb/i.test(version) ? 'mariadb' : 'mysql'
  // What MariaDB sends before its version, so that replicas of MySQL 5 accept it.
  if (!isAtLeast(version.replace(/^5\.5\.5-/, ''), oldest[name].version)) {
    const { mysql, mariadb } = oldest
    throw misuse(
      place,
      `the server is ${oldest[name].title} ${version}; expected ${mysql.title} ${mysql.version} or later, ` +
        `or ${mariadb.title} ${mariadb.version} or later`,
    )
  }
  const collation = name === 'mariadb' ? 'utf8mb4_nopad_bin' : 'utf8mb4_0900_bin'
  return { name, collation, maxPacket, snapshots }
}

function isAtLeast(version: string, least: string): boolean {
  const numbers = version
    .match(/^(\d+)\.(\d+)\.(\d+)/)
    ?.slice(1)
    .map(Number)
  if (!numbers) return false
  const bound = least.split('.').map(Number)
  const at = numbers.findIndex((number, place) => number !== bound[place])
  return at === -1 || Number(numbers[at]) > Number(bound[at])
}
