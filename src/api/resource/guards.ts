import type { AnyTable, PolicyOperation } from '../../data/index.ts'
import { anyone, type Guard, signedIn } from '../../http/index.ts'

/**
 * Derives who may call an operation from the table's policy: a rule that asks for an actor needs one,
 * and so does a column that the actor fills. A constant rule is for everyone. The guard only saves
 * work and answers 401 instead of 404: the rows are guarded by the policy itself.
 */
export function guardOf(table: AnyTable, operation: PolicyOperation): Guard {
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
