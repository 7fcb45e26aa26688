import type { AnyTable, PolicyOperation } from '../../data/index.ts'
import { anyone, every, type Guard, signedIn } from '../../http/index.ts'
import type { AnyOptions } from './options.ts'
import type { Rows } from './rows.ts'
import { type BulkVerb, type ResourceVerb, verbs } from './verbs.ts'

/** Who may call an operation: whom the team lets in, or whom the table's policy may have rows for. */
export function guardFor(rows: Rows, verb: ResourceVerb | BulkVerb): Guard {
  const { table, options } = rows
  const own = givenGuard(options.guard, verb) ?? guardOf(table, verbs[verb].policy)
  const creates = verb === 'replace' && options.replace === 'upsert'
  return creates ? every(own, guardFor(rows, 'create')) : own
}

/** What the team asks of those who change a row, it asks of those who replace it or change many. */
function givenGuard(guard: AnyOptions['guard'], verb: ResourceVerb | BulkVerb): Guard | undefined {
  if (!guard || 'check' in guard) return guard
  const { guardedAs } = verbs[verb]
  return guard[verb] ?? (guardedAs && guard[guardedAs])
}

/**
 * Derives who may call an operation from the table's policy: a rule that asks for an actor needs one,
 * and so does a column that the actor fills. A constant rule is for everyone. The guard only saves
 * work and answers 401 instead of 404: the rows are guarded by the policy itself.
 */
function guardOf(table: AnyTable, operation: PolicyOperation): Guard {
  const needsActor =
    asksActor(table, operation) ||
    (operation === 'create' ? isFilledByActor(table) : asksActor(table, 'read'))
  return needsActor ? signedIn : anyone
}

function asksActor({ policy, restrict }: AnyTable, operation: PolicyOperation): boolean {
  if (typeof restrict === 'function') return true
  const rule = policy[operation] ?? policy.all
  // What nobody may do is no reason to invite strangers.
  return rule === undefined || rule === false || typeof rule === 'function'
}

function isFilledByActor({ columns }: AnyTable): boolean {
  return Object.values(columns).some(({ fill }) => fill === 'actor')
}
