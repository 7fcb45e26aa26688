import { uuidv7 } from '../../kernel/index.ts'
import type { AlertNotice } from './notice.ts'
import type { AlertRule, Finding } from './rule.ts'

/** A moment on the clock of the wall and on one that never goes back. */
export interface Moment {
  /** Milliseconds since the Unix epoch. */
  readonly now: number
  /** Milliseconds that have passed. */
  readonly time: number
  /** Whether nobody looked for so long that what held before may have been otherwise between. */
  readonly gap: boolean
}

/** What is to be told, and since when on the clock of the wall the incident has lasted. */
export interface Told {
  readonly type: AlertNotice['type']
  readonly incident: string
  readonly since: number
}

/** What becomes of a rule from one moment to the next. */
export interface Incidents {
  /** Whether one is under way of which was told. */
  readonly firing: boolean
  follow(finding: Finding, moment: Moment): Told | undefined
}

type RuleTimes = Pick<AlertRule, 'for' | 'resolveAfter' | 'repeat' | 'cooldown' | 'absent'>

interface Incident {
  readonly id: string
  /** On the clock of the wall. */
  readonly since: number
  /** When it began to hold, without a break. */
  holds: number
  /** When it was last told of. */
  told: number | undefined
  /** Since when it has been over. */
  over: number | undefined
}

/**
 * Follows a rule: one incident at a time, told of once it has held long enough, again while it goes
 * on, and once when it has been over long enough. One that was never told of ends silently.
 */
export function createIncidents(rule: RuleTimes): Incidents {
  let current: Incident | undefined
  let lastBegan: number | undefined

  return {
    get firing() {
      return current?.told !== undefined
    },
    follow({ state }, moment) {
      const bad = state === 'bad' || (state === 'absent' && rule.absent === 'alert')
      return bad ? goOn(moment) : end(moment)
    },
  }

  function goOn({ now, time, gap }: Moment): Told | undefined {
    current ??= { id: uuidv7(), since: now, holds: time, told: undefined, over: undefined }
    current.over = undefined
    if (current.told !== undefined) {
      if (rule.repeat === 0 || time - current.told < rule.repeat) return undefined
      return tell('alert.repeated', current, time)
    }
    if (gap) current.holds = time
    if (time - current.holds < rule.for) return undefined
    if (lastBegan !== undefined && time - lastBegan < rule.cooldown) return undefined
    lastBegan = time
    return tell('alert.firing', current, time)
  }

  function end({ time }: Moment): Told | undefined {
    if (!current) return undefined
    const incident = current
    if (incident.told === undefined) {
      current = undefined
      return undefined
    }
    incident.over ??= time
    if (time - incident.over < rule.resolveAfter) return undefined
    current = undefined
    return tell('alert.resolved', incident, time)
  }

  function tell(type: Told['type'], incident: Incident, time: number): Told {
    incident.told = time
    return { type, incident: incident.id, since: incident.since }
  }
}
