import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { onTestFinished } from 'vitest'
import { type Decoded, fromJson, fromProtobuf } from './definitions.ts'

/** A receiver of OTLP over HTTP that keeps what it is sent. */
export interface Collector {
  readonly url: string
  readonly spans: readonly Decoded[]
  readonly logs: readonly Decoded[]
  /** Of each name the last. */
  metric(name: string): Decoded | undefined
  /** What could not be decoded. */
  readonly faults: readonly string[]
}

export async function openCollector(): Promise<Collector> {
  const requests: { path: string; body: Decoded }[] = []
  const faults: string[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const { url: path = '', headers } = request
    try {
      requests.push({ path, body: read(path, headers, Buffer.concat(chunks)) })
    } catch (error) {
      faults.push(String(error))
    }
    response.writeHead(200, { 'content-type': headers['content-type'] }).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())

  const all = (path: string, members: readonly string[]): Decoded[] => {
    let found = requests.flatMap((each) => (each.path === path ? [each.body] : []))
    for (const member of members) found = found.flatMap((each) => each[member] ?? [])
    return found
  }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get spans() {
      return all('/v1/traces', ['resourceSpans', 'scopeSpans', 'spans'])
    },
    get logs() {
      return all('/v1/logs', ['resourceLogs', 'scopeLogs', 'logRecords'])
    },
    metric: (name) =>
      all('/v1/metrics', ['resourceMetrics', 'scopeMetrics', 'metrics']).findLast(
        (metric) => metric['name'] === name,
      ),
    faults,
  }
}

function read(path: string, headers: NodeJS.Dict<string | string[]>, body: Buffer): Decoded {
  const bytes = headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body
  if (headers['content-type'] === 'application/x-protobuf') return fromProtobuf(path, bytes)
  return fromJson(path, bytes.toString())
}

/** Attributes as an object. */
export function attributesOf({ attributes = [] }: Decoded): Record<string, unknown> {
  return Object.fromEntries(
    attributes.map(({ key, value }: Decoded) => {
      const [[kind, inner] = []] = Object.entries(value ?? {})
      return [key, kind === 'intValue' ? BigInt(inner as string) : inner]
    }),
  )
}
