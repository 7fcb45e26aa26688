import { type AttributeValue, createSignals, createTrace } from 'plinth/kernel'
import { type OtlpOptions, openMonitor, otlp } from 'plinth/monitor'
import { describe, expect, it } from 'vitest'
import { attributesOf, openCollector } from './collector.ts'

/** What is reported, and what a receiver is to read. */
const VALUES: Readonly<Record<string, readonly [AttributeValue, unknown]>> = {
  empty: ['', ''],
  nul: ['a\0b', 'a\0b'],
  controls: ['\u0001\u001f\u007f\u0085\u2028', '\u0001\u001f\u007f\u0085\u2028'],
  unicode: ['مرحبا ünï 漢字 👩‍👩‍👧', 'مرحبا ünï 漢字 👩‍👩‍👧'],
  highSurrogate: ['a\ud800', 'a\ufffd'],
  lowSurrogate: ['\udc00b', '\ufffdb'],
  'ключ 🔑': [true, true],
  no: [false, false],
  zero: [0, 0n],
  negative: [-1, -1n],
  large: [Number.MAX_SAFE_INTEGER, 9007199254740991n],
  small: [Number.MIN_SAFE_INTEGER, -9007199254740991n],
  beyond: [2 ** 63, 2 ** 63],
  fraction: [0.1, 0.1],
  least: [5e-324, 5e-324],
  most: [1.7976931348623157e308, 1.7976931348623157e308],
  nan: [Number.NaN, Number.NaN],
  infinite: [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
  below: [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY],
  long: ['word '.repeat(2000), 'word '.repeat(2000)],
  ...Object.fromEntries(textsAroundBounds().map((text) => [`of ${text}`, [text, text]])),
}
const reported = Object.fromEntries(Object.entries(VALUES).map(([key, [given]]) => [key, given]))
const expected = Object.fromEntries(Object.entries(VALUES).map(([key, [, read]]) => [key, read]))

/** Where a text is written another way, and where a length takes another byte. */
function textsAroundBounds(): string[] {
  const lengths = [1, 62, 63, 64, 65, 125, 126, 127, 128, 129, 16_383, 16_384]
  return lengths.flatMap((length) => {
    const plain = 'a'.repeat(length - 1)
    return [`${plain}b`, `${plain}ü`, `${plain}漢`, `ü${plain}`]
  })
}

async function send(options: Pick<OtlpOptions, 'protocol' | 'compression'>) {
  const collector = await openCollector()
  const signals = createSignals()
  const part = otlp({ url: collector.url, ...options })
  const monitor = openMonitor({ signals, logs: false, parts: [part] })
  const { traceId, spanId } = createTrace()
  signals.span({
    name: 'a\ud800',
    kind: 'internal',
    traceId,
    spanId,
    parentSpanId: undefined,
    sampled: true,
    start: 1_700_000_000_000.25,
    duration: 0.000_001,
    attributes: { ...reported, left: undefined },
  })
  signals.log({ level: 'info', message: '\udc00\0', event: '', attributes: reported })
  for (const value of [1, Number.NaN]) {
    signals.measure({ name: `m${value}`, type: 'gauge', unit: '1', value, attributes: reported })
  }
  await monitor.close()
  return collector
}

describe.each([
  { protocol: 'http/protobuf', compression: 'none' },
  { protocol: 'http/protobuf', compression: 'gzip' },
  { protocol: 'http/json', compression: 'none' },
  { protocol: 'http/json', compression: 'gzip' },
] as const)('hostile values in $protocol, $compression', (options) => {
  it('arrive on spans as they were reported', async () => {
    const { spans, faults } = await send(options)
    expect(faults).toEqual([])
    expect(spans.map(attributesOf)).toEqual([expected])
    expect(spans[0]).toMatchObject({
      name: 'a\ufffd',
      startTimeUnixNano: '1700000000000250000',
      endTimeUnixNano: '1700000000000250001',
    })
  })

  it('arrive on log records as they were reported', async () => {
    const { logs } = await send(options)
    expect(logs.map(attributesOf)).toEqual([expected])
    expect(logs[0]?.['body']).toEqual({ stringValue: '\ufffd\0' })
  })

  it('arrive on metrics as labels and numbers', async () => {
    const collector = await send(options)
    const [point] = collector.metric('m1')?.['gauge'].dataPoints ?? []
    expect(Object.keys(attributesOf(point)).toSorted()).toEqual(Object.keys(expected).toSorted())
    expect(attributesOf(point)).toMatchObject({ nul: 'a\0b', lowSurrogate: '\ufffdb', nan: 'NaN' })
    expect(collector.metric('mNaN')?.['gauge'].dataPoints[0].asDouble).toBeNaN()
  })
})
