import type { PolicyDecision } from '../kernel/index.ts'
import { type Context, SYSTEM } from './context.ts'
import { denied } from './errors.ts'
import type { Model } from './model.ts'
import type { PolicyOperation } from './policy.ts'
import { type Allowed, allowed } from './rules.ts'

/** Asks the rules of an operation about whom a handle is bound to, and tells who cares of the answer. */
export function rulingOn(context: Context, model: Model, operation: PolicyOperation): Allowed {
  const answer = allowed(model, operation, context.subject)
  tellOfRuling(context, model, { operation, answer })
  return answer
}

/** The same for creating rows: what no row can pass is `denied` at once. */
export function rulingOnCreate(context: Context, model: Model): Exclude<Allowed, false> {
  const answer = rulingOn(context, model, 'create')
  if (answer === false) throw denied('create', model.name)
  return answer
}

/** Tells who cares what the rules answered. Nobody asks them about the system. */
export function tellOfRuling(
  { engine, subject, scope }: Context,
  model: Model,
  { operation, answer }: { operation: PolicyOperation; answer: Allowed },
): void {
  const tell = engine.signals.events['data.policy']
  if (!tell || subject === SYSTEM) return
  tell({
    table: model.name,
    operation,
    actor: subject?.id ?? null,
    outcome: outcomeOf(answer),
    trace: scope?.trace,
  })
}

/** The refusal of a row that the rules do not allow, told of to who cares. */
export function forbidden(
  context: Context,
  model: Model,
  operation: PolicyOperation,
): ReturnType<typeof denied> {
  tellOfRuling(context, model, { operation, answer: false })
  return denied(operation, model.name)
}

function outcomeOf(answer: Allowed): PolicyDecision['outcome'] {
  if (typeof answer !== 'boolean') return 'filtered'
  return answer ? 'allowed' : 'denied'
}
