import { type Actor, misuse } from '../kernel/index.ts'
import { anyone, ask, type Guard, isGuard } from './guard.ts'

/** What all of the guards have made sure of. */
type Assured<Guards extends readonly Guard[]> = Guards extends readonly [
  Guard<infer A>,
  ...infer Rest extends readonly Guard[],
]
  ? A & Assured<Rest>
  : unknown

/**
 * Lets in whom all of the guards let in. They are asked in order, each about the actor as the one
 * before let it in; the first refusal counts.
 *
 * ```ts
 * import { assurance, every, permission } from 'plinth/http'
 *
 * const refunds = every(permission('orders:refund'), assurance(2))
 * console.log(refunds.authenticated) // true
 * ```
 */
export function every<const Guards extends readonly [Guard, ...Guard[]]>(
  ...given: Guards
): Guard<Assured<Guards> & (Actor | null)>
export function every(...given: readonly Guard[]): Guard {
  const guards = distinct(given)
  const [first, ...rest] = guards
  if (!first) throw misuse('every()', 'expected guards, got none')
  if (rest.length === 0) return first
  return {
    name: guards.map(({ name }) => name).join(', '),
    authenticated: guards.some(({ authenticated }) => authenticated),
    guards,
    check(principal, clock, incoming) {
      let asked = principal
      let actor: Actor | null = null
      for (const guard of guards) {
        const passed = ask(guard, { principal: asked, incoming }, clock)
        // A guest whom one guard made of nobody stays, when the next has nobody to add.
        actor = asked ? passed : (passed ?? actor)
        if (asked && passed !== asked.actor) asked = passed && { ...asked, actor: passed }
      }
      return actor
    },
  }
}

/** Each guard once, and without `anyone` where another decides. */
function distinct(given: readonly Guard[]): readonly Guard[] {
  for (const guard of given) {
    if (!isGuard(guard))
      throw misuse('every()', `${String(guard)} is no guard, such as role('staff')`)
  }
  const all = new Set(given)
  if (all.size > 1) all.delete(anyone)
  return [...all]
}
