import { type Clock, PlinthError } from '../../kernel/index.ts'
import type { QueryPlan, QueryPlanner } from '../part.ts'

/** What came of asking for a plan: nothing where it was asked for lately, or where there is none. */
export interface PlanAnswer {
  readonly plan?: QueryPlan
  /** The kind of error: what the database says could hold a value. */
  readonly failed?: string
}

/** Asks for the plans of statements, for each once in a while. */
export interface Plans {
  of(text: string | undefined): Promise<PlanAnswer>
  /** From now on none are asked for. */
  stop(): void
}

export interface PlansOptions {
  readonly clock: Clock
  /** Milliseconds. */
  readonly planEvery: number
  readonly planner: QueryPlanner | undefined
}

/** Statements that are remembered: those asked for longest ago are forgotten first. */
const MOST = 500
const NONE: PlanAnswer = {}

export function createPlans({ clock, planEvery, planner }: PlansOptions): Plans {
  const asked = new Map<string, number>()
  let stopped = false
  return {
    async of(text) {
      if (!planner || stopped || text === undefined) return NONE
      const now = clock.now()
      const last = asked.get(text)
      // A clock that was put back is no reason to wait for it.
      if (last !== undefined && Math.abs(now - last) < planEvery) return NONE
      asked.delete(text)
      asked.set(text, now)
      if (asked.size > MOST) asked.delete(asked.keys().next().value as string)
      try {
        const plan = await planner(text)
        return plan ? { plan } : NONE
      } catch (error) {
        return { failed: error instanceof PlinthError ? error.code : 'error' }
      }
    },
    stop() {
      stopped = true
    },
  }
}
