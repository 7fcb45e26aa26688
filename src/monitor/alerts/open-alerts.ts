import { type LogLevel, release } from '../../kernel/index.ts'
import type { MonitorPorts, OpenMonitorPart } from '../part.ts'
import { createDelivery } from './delivery.ts'
import type { AlertDestination } from './destination.ts'
import { createIncidents, type Moment } from './incident.ts'
import { type AlertNotice, ofRule } from './notice.ts'
import type { AlertRule, Finding } from './rule.ts'
import { createTimeline } from './timeline.ts'

export interface AlertSettings {
  readonly rules: readonly AlertRule[]
  readonly destinations: readonly AlertDestination[]
  readonly service: string
  readonly every: number
  readonly retries: readonly number[]
  readonly timeout: number
}

const LEVELS: Readonly<Record<AlertNotice['type'], LogLevel>> = {
  'alert.firing': 'warn',
  'alert.repeated': 'warn',
  'alert.resolved': 'info',
}

/** Begins to watch. Nothing here throws or rejects. */
export function openAlerts(settings: AlertSettings, ports: MonitorPorts): OpenMonitorPart {
  const { rules, destinations, service, every, retries, timeout } = settings
  const { signals, clock, metrics } = ports
  const timeline = createTimeline(clock, every)
  const watched = rules.map((rule) => {
    const watch = rule.watch()
    // What was counted before is nobody's incident.
    watch(metrics, 0)
    return { rule, watch, incidents: createIncidents(rule) }
  })
  const deliveries = destinations.map((one) => createDelivery(one, { timeout, retries, onLost }))

  const timer = setInterval(look, every)
  release(timer)

  return {
    async flush() {
      look()
      await Promise.all(deliveries.map((delivery) => delivery.flush()))
    },
    async close() {
      clearInterval(timer)
      for (const delivery of deliveries) delivery.close()
    },
  }

  function look(): void {
    const moment = timeline.next()
    if (!moment) return
    for (const { rule, watch, incidents } of watched) {
      const finding = watch(metrics, moment.time)
      const told = incidents.follow(finding, moment)
      if (told) tell(rule, { ...told, ...describe(finding), ...at(moment, told.since) })
      if (signals.measurements) report(rule, incidents.firing)
    }
  }

  function tell(
    rule: AlertRule,
    told: Pick<AlertNotice, 'type' | 'incident' | 'words' | 'value' | 'since' | 'at'>,
  ): void {
    const notice: AlertNotice = { ...ofRule(rule), service, ...told }
    const { type, words, incident, value, severity } = notice
    signals.log({
      level: LEVELS[type],
      message: `${type === 'alert.resolved' ? 'Resolved' : 'Alert'}: ${rule.name}: ${words}.`,
      event: `plinth.${type}`,
      attributes: {
        'plinth.alert.rule': rule.name,
        'plinth.alert.severity': severity,
        'plinth.alert.incident': incident,
        'plinth.alert.value': value,
      },
    })
    for (const delivery of deliveries) delivery.add(notice)
  }

  function report({ name, severity }: AlertRule, firing: boolean): void {
    signals.measure({
      name: 'plinth.alert.active',
      type: 'gauge',
      unit: '{alert}',
      value: firing ? 1 : 0,
      attributes: { 'plinth.alert.rule': name, 'plinth.alert.severity': severity },
    })
  }

  function onLost(destination: string, notice: AlertNotice, error: unknown): void {
    const attributes = {
      'plinth.alert.destination': destination,
      'plinth.alert.rule': notice.rule,
    }
    signals.measure({
      name: 'plinth.alert.lost',
      type: 'counter',
      unit: '{notice}',
      value: 1,
      attributes,
    })
    signals.log({
      level: 'error',
      message: `A notice of the alert ${notice.rule} could not be delivered to ${destination}.`,
      event: 'plinth.alert.delivery_failed',
      attributes,
      error,
    })
  }
}

function describe({ words, value }: Finding): Pick<AlertNotice, 'words' | 'value'> {
  return { words, value }
}

function at({ now }: Moment, since: number): Pick<AlertNotice, 'since' | 'at'> {
  return { since: new Date(since), at: new Date(now) }
}
