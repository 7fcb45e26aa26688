/**
 * The peer `otel-auto`: the hand-written server under OpenTelemetry's auto-instrumentation, which sends
 * spans and metrics to a collector, with a line of pino for each request.
 *
 * `node peers/monitor/otel-auto.ts FILE FULL COLLECTOR`
 */
import { register } from 'node:module'

const [, , collector = ''] = process.argv.slice(2)
process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = collector
process.env['OTEL_METRICS_EXPORTER'] = 'otlp'
process.env['OTEL_LOGS_EXPORTER'] = 'none'

register('@opentelemetry/instrumentation/hook.mjs', import.meta.url)
const { NodeSDK } = await import('@opentelemetry/sdk-node')
const { getNodeAutoInstrumentations } = await import('@opentelemetry/auto-instrumentations-node')
new NodeSDK({ instrumentations: getNodeAutoInstrumentations() }).start()

// What is to be instrumented is loaded after that.
const { pino } = await import('pino')
const { createApp } = await import('../notes-api.ts')
const { serveByHand } = await import('../serve-by-hand.ts')

const logger = pino(pino.destination({ sync: false, minLength: 4096 }))
const app = createApp()
app.use(async (c, next) => {
  const began = performance.now()
  await next()
  const { method, path } = c.req
  logger.info(
    { method, path, status: c.res.status, duration: performance.now() - began },
    'request',
  )
})
await serveByHand(app)
