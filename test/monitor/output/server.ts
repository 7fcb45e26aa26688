/**
 * A program that logs: `node server.ts LINES close|exit`. Says on stderr how many lines were lost,
 * unless it exits at once.
 */
import { createSignals } from '../../../src/kernel/index.ts'
import { openMonitor } from '../../../src/monitor/index.ts'

const count = Number(process.argv[2])
const signals = createSignals()
let lost = 0
signals.subscribe({
  measurement: ({ name, value }) => {
    if (name === 'plinth.monitor.log.lost') lost += value
  },
})
const monitor = openMonitor({ signals, metrics: false })

for (let at = 0; at < count; at += 1) {
  signals.log({ level: 'info', message: `line ${at}`, attributes: { text: 'é'.repeat(100) } })
}
if (process.argv[3] === 'exit') process.exit()
await monitor.flush()
// What is told of lost lines comes with the next ones.
signals.log({ level: 'error', message: 'the end' })
await monitor.close()
process.stderr.write(`${JSON.stringify({ lost })}\n`)
