/**
 * A load of so many requests a second, whatever the server does: each has a moment at which it is due,
 * and its time runs from there, also while it waits for a connection. So a server that stalls is charged
 * for all that would have been asked meanwhile, and not only for the requests that met the stall.
 */
import type { Socket } from 'node:net'
import { openConnection } from './connection.ts'
import type { Latencies, OpenLoad, OpenLoadResult } from './load.ts'

const SAMPLE_EVERY = 97
const SAMPLES_AT_MOST = 200
/** After the last moment, what is under way may end; what is not then sent never is. */
const DRAIN_MS = 5000

interface Lane {
  readonly socket: Socket
  /** The request under way: its place in the list, and when it was due. */
  request: number
  due: number
}

export async function generateOpen(load: OpenLoad): Promise<OpenLoadResult> {
  const { rate, warmUpMs, measureMs } = load
  const requests = load.requests.map((request) => Buffer.from(request))
  const statuses = new Map<number, number>()
  const times = new Map<number, number[]>()
  /** Answers that came while measuring, whenever their requests were due. */
  const within = new Map<number, number>()
  const samples: OpenLoadResult['samples'][number][] = []
  const idle: Lane[] = []
  const { promise: failed, reject: fail } = Promise.withResolvers<never>()
  let answers = 0
  let sent = 0
  const from = performance.now() + 50
  const counted = from + warmUpMs
  const until = counted + measureMs
  const total = Math.floor(((warmUpMs + measureMs) * rate) / 1000)

  const send = (lane: Lane, number: number): void => {
    lane.request = number % requests.length
    lane.due = from + (number * 1000) / rate
    lane.socket.write(requests[lane.request] as Buffer)
  }
  /** Sends what is due, as far as there are connections. */
  const pump = (): void => {
    const due = Math.min(total, Math.ceil(((performance.now() - from) * rate) / 1000))
    while (sent < due) {
      const lane = idle.pop()
      if (lane === undefined) return
      send(lane, sent++)
    }
  }
  const lanes = Array.from({ length: load.connections }, () => {
    const answered = (status: number, body: Buffer): void => {
      const { request, due } = lane
      const now = performance.now()
      if (due >= counted) {
        const list = times.get(status) ?? []
        times.set(status, list)
        list.push(now - due)
      }
      if (now >= counted && now < until) within.set(status, (within.get(status) ?? 0) + 1)
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
      if (++answers % SAMPLE_EVERY === 1 && samples.length < SAMPLES_AT_MOST) {
        samples.push({ request, status, body: body.toString() })
      }
      idle.push(lane)
      pump()
    }
    const socket = openConnection(load.port, { answered, failed: fail })
    const lane: Lane = { socket, request: 0, due: 0 }
    socket.once('connect', () => idle.push(lane))
    return lane
  })

  // A timer's millisecond is coarse beside a request: turns of the event loop keep the schedule.
  const { promise: done, resolve } = Promise.withResolvers<void>()
  const turn = (): void => {
    pump()
    const now = performance.now()
    if ((answers === total && now >= until) || now > until + DRAIN_MS) resolve()
    else setImmediate(turn)
  }
  turn()
  try {
    await Promise.race([done, failed])
  } finally {
    for (const { socket } of lanes) socket.destroy()
  }
  return {
    statuses: Object.fromEntries(statuses),
    latencies: Object.fromEntries(
      Array.from(times, ([status, list]) => [
        status,
        summarise(list, ((within.get(status) ?? 0) * 1000) / measureMs),
      ]),
    ),
    unanswered: total - answers,
    samples,
  }
}

function summarise(list: number[], rate: number): Latencies {
  list.sort((a, b) => a - b)
  const at = (share: number): number =>
    list[Math.min(list.length - 1, Math.floor(list.length * share))] ?? Number.NaN
  return { rate, p50: at(0.5), p99: at(0.99), max: at(1) }
}
