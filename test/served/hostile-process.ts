/** Serves what can be attacked in a process of its own, and tells how it fares when it is asked. */

import { serve } from '../../src/runtime/node/index.ts'
import { openHostile } from './hostile-app.ts'

/** How a server fares: since it was last asked, or now. */
export interface Condition {
  /**
   * The longest that the event loop was at work without looking at its timers, in milliseconds of
   * processor time: what others do on the machine does not count.
   */
  readonly blocked: number
  /** Bytes. */
  readonly resident: number
  readonly heap: number
}

const app = await openHostile()

await serve(app, {
  port: 0,
  hostname: '127.0.0.1',
  onListen: (url) => process.send?.(url),
  // What breaks off is what is wanted here.
  onError: () => {},
})

let blocked = 0
let before = process.threadCpuUsage()
setInterval(() => {
  const { user, system } = process.threadCpuUsage(before)
  before = process.threadCpuUsage()
  blocked = Math.max(blocked, (user + system) / 1_000)
}, 2)

process.on('message', () => {
  const { rss, heapUsed } = process.memoryUsage()
  const condition: Condition = { blocked, resident: rss, heap: heapUsed }
  blocked = 0
  process.send?.(condition)
})
process.on('disconnect', () => process.exit())
