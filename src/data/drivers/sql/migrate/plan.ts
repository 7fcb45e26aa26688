import type { Clock } from '../../../../kernel/index.ts'
import type { MigrationPlan, PlanOptions } from '../../../migrations.ts'
import type { Models } from '../../../model.ts'
import { compare } from './compare.ts'
import { assumedFacts, liveFacts } from './facts.ts'
import { Permissions } from './permissions.ts'
import { readRecords } from './records.ts'
import { ask, type Session } from './session.ts'
import { wantedTables } from './wanted.ts'

/** The tables in code, and what the time is for rows that are there already. */
export interface Code {
  readonly models: Models
  readonly clock: Clock
}

/** What would turn the database into what the tables in code say, and what of it is refused. */
export async function plan(
  { models, clock }: Code,
  session: Session,
  options: PlanOptions = {},
): Promise<MigrationPlan> {
  const { allow = [], rename = {} } = options
  const { dialect, schema } = session.driver
  const query = (sql: string) => ask(session, sql)
  const assumeRows = options.assumeRows ?? (await readRecords(session)).length > 0
  const wanted = await wantedTables({ models, schema, now: clock.now() })
  const compared = await compare({
    wanted,
    live: options.fromEmpty ? [] : await inspectAll(wanted, session, { allow, rename }),
    facts: assumeRows ? assumedFacts : liveFacts(query, dialect.quote),
    byRows: !assumeRows,
    inlineReferences: schema.inlineReferences,
    isSameType: schema.isSameType,
    converts: schema.converts,
    widens: schema.widens,
    allow,
    rename,
  })
  const { refused, notes, changes, renamed } = compared
  const context = {
    wanted,
    live: renamed.live,
    before: renamed.before,
    isRenamed: renamed.has,
    ask: query,
  }
  return {
    database: dialect.name,
    steps: await schema.write(changes, context),
    refused,
    notes,
  }
}

/** The tables in code, and those that are to be renamed or dropped. */
function inspectAll(
  wanted: readonly { readonly name: string }[],
  { driver, connection }: Session,
  { allow, rename }: Required<Pick<PlanOptions, 'allow' | 'rename'>>,
): ReturnType<Session['driver']['inspect']> {
  const names = [
    ...wanted.map(({ name }) => name),
    ...Object.keys(rename).filter((name) => !name.includes('.')),
    ...new Permissions(allow).tables,
  ]
  return driver.inspect([...new Set(names)], connection)
}
