import { type App, type AppOptions, createApp, type Operation } from 'plinth/http'
import { createSignals, type LogRecord, type SpanRecord } from 'plinth/kernel'

export const ORIGIN = 'https://shop.example'

/** Sends a request and reads its answer as JSON, when it has a body. */
export async function send(
  app: App,
  line: string,
  { json, ...init }: RequestInit & { json?: unknown } = {},
): Promise<{ status: number; headers: Headers; text: string; body: unknown }> {
  const [method = 'GET', path = '/'] = line.split(' ', 2)
  const headers = new Headers(init.headers)
  if (json !== undefined) headers.set('content-type', 'application/json')
  const body = json === undefined ? init.body : JSON.stringify(json)
  const request = new Request(ORIGIN + path, { ...init, method, headers, body: body ?? null })
  const response = await app.fetch(request)
  const text = await response.text()
  const type = response.headers.get('content-type') ?? ''
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: /\bjson/.test(type) && text !== '' ? JSON.parse(text) : text,
  }
}

/** An app of one operation. */
export function appOf(operation: Operation, options: Partial<AppOptions> = {}): App {
  return createApp({ ...options, operations: { it: operation } })
}

/** Signals with everything that they were told. */
export function record(): {
  signals: ReturnType<typeof createSignals>
  spans: SpanRecord[]
  logs: LogRecord[]
} {
  const signals = createSignals()
  const spans: SpanRecord[] = []
  const logs: LogRecord[] = []
  signals.subscribe({
    span: (span) => {
      spans.push(span)
    },
    log: (log) => {
      logs.push(log)
    },
  })
  return { signals, spans, logs }
}
