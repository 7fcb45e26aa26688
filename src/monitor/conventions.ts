import { type Attributes, type Measurement, misuse } from '../kernel/index.ts'
import type { Redactor } from './redact.ts'

/**
 * Which names of OpenTelemetry's semantic conventions are used: those that are stable alone, or also
 * those still in development, which may change with any version of the conventions.
 */
export type Conventions = 'stable' | 'development'

interface Renamed {
  readonly name: string
  readonly attributes?: Readonly<Record<string, string>>
}

/** What has a name in development, by the name that it has until that is settled. */
const METRICS: ReadonlyMap<string, Renamed> = new Map<string, Renamed>([
  [
    'plinth.process.cpu.time',
    { name: 'process.cpu.time', attributes: { 'plinth.cpu.mode': 'cpu.mode' } },
  ],
  ['plinth.process.memory.rss', { name: 'process.memory.usage' }],
  ['plinth.process.eventloop.utilization', { name: 'nodejs.eventloop.utilization' }],
  [
    'plinth.data.pool.connections',
    {
      name: 'db.client.connection.count',
      attributes: { 'plinth.data.pool.state': 'db.client.connection.state' },
    },
  ],
  ['plinth.data.pool.max', { name: 'db.client.connection.max' }],
  ['plinth.data.pool.waiting', { name: 'db.client.connection.pending_requests' }],
])

const LOG_ATTRIBUTES: ReadonlyMap<string, string> = new Map([
  ['plinth.user.id', 'user.id'],
  ['plinth.session.id', 'session.id'],
])

/** How things are named in what is written and sent. */
interface Names {
  /** Shows the attributes of log records by these names. */
  renameLogs(redactor: Redactor): Redactor
  rename(measurement: Measurement): Measurement
}

const NAMES: Readonly<Record<Conventions, Names>> = {
  stable: { renameLogs: (redactor) => redactor, rename: (measurement) => measurement },
  development: { renameLogs, rename },
}

/** The names of these conventions. Throws `misuse` for conventions that there are not. */
export function namesOf(conventions: Conventions = 'stable'): Names {
  if (Object.hasOwn(NAMES, conventions)) return NAMES[conventions]
  throw misuse(
    'monitor.conventions',
    `is ${String(conventions)}; expected ${Object.keys(NAMES).join(' or ')}`,
  )
}

function rename(measurement: Measurement): Measurement {
  const renamed = METRICS.get(measurement.name)
  if (!renamed) return measurement
  const { attributes = {} } = measurement
  const names = new Map(Object.entries(renamed.attributes ?? {}))
  return { ...measurement, name: renamed.name, attributes: renameKeys(attributes, names) }
}

function renameLogs(redactor: Redactor): Redactor {
  return {
    ...redactor,
    log(record) {
      const { attributes, ...shown } = redactor.log(record)
      return { ...shown, attributes: renameKeys(attributes, LOG_ATTRIBUTES) }
    },
  }
}

function renameKeys(attributes: Attributes, names: ReadonlyMap<string, string>): Attributes {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [names.get(name) ?? name, value]),
  )
}
