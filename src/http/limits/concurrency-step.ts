import type { ConcurrencyLimit } from './concurrency-limit.ts'
import type { Passage } from './passage.ts'
import { createQueue, type Queue } from './queue.ts'
import type { Step } from './step.ts'

/** Creates the step that holds requests to a concurrency limit. Made once for each limit of an app. */
export function createConcurrencyStep(limit: ConcurrencyLimit): Step {
  const { keying } = limit
  const queues = new Map<string, Queue>()
  return (passage) => {
    const key = keying ? keying.of(passage) : ''
    if (typeof key === 'string') return enter(key, passage)
    return key.then((known) => enter(known, passage))
  }

  function enter(key: string, passage: Passage): Promise<void> | undefined {
    const queue = queues.get(key) ?? createQueue(limit)
    queues.set(key, queue)
    const leave = () => {
      queue.leave()
      if (queue.empty) queues.delete(key)
    }
    const entering = queue.enter(() => passage.context.signal)
    if (entering) return entering.then(() => passage.hold(leave))
    passage.hold(leave)
    return undefined
  }
}
