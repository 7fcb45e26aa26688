import fc from 'fast-check'
import { formatTraceparent, parseTraceparent } from 'plinth/http'
import { describe, expect, it } from 'vitest'

const parent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

describe('a traceparent', () => {
  it.each([
    ` ${parent}`,
    `${parent} `,
    `${parent}\n`,
    `${parent}\0`,
    `\uFEFF${parent}`,
    `${parent}-`,
    `01-${parent.slice(3)}-\n`,
    `01-${parent.slice(3)}x`,
    parent.replace('0af7', '0af\u0660'),
    parent.replace('0af7', '0AF7'),
    parent.replace(/01$/, '0'),
    parent.replace(/01$/, '0g'),
    parent.replace(/01$/, '-1'),
    parent.replace(/^00/, '0x'),
    parent.replace(/^00/, '0'),
    '-'.repeat(100_000),
    `01-${'0'.repeat(100_000)}`,
    '__proto__',
    'constructor',
  ])('is refused as %j', (hostile) => {
    expect(parseTraceparent(hostile)).toBeUndefined()
  })

  it('of a later version may be long', () => {
    const later = `cc-${parent.slice(3)}-${'x'.repeat(100_000)}`
    expect(formatTraceparent(parseTraceparent(later) as never)).toBe(parent)
  })

  it('passes nothing on but well-formed identifiers', () => {
    const part = fc.constantFrom(
      '00',
      'ff',
      '01',
      '-',
      'a'.repeat(32),
      '0'.repeat(16),
      'b'.repeat(16),
      'G',
      '\0',
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(part).map((parts) => parts.join('-')),
        ),
        (text) => {
          const trace = parseTraceparent(text, text)
          if (trace)
            expect(formatTraceparent(trace)).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/)
        },
      ),
    )
  })
})

describe('a tracestate', () => {
  it.each(['a=1', 'vendor@system=opaque!"#$,b=2', 'a=1,\tb=2 ', `a=${'x'.repeat(510)}`])(
    'is kept as %j',
    (state) => {
      expect(parseTraceparent(parent, state)).toHaveProperty('state', state)
    },
  )

  it.each([
    '',
    `a=${'x'.repeat(511)}`,
    'a=\u0001',
    'a=1\r\nx-injected: 1',
    'a=1\n',
    'a=ä',
    '\0',
    'a=\u007f',
  ])('is left out as %j, and the trace goes on', (state) => {
    const { spanId, ...rest } = parseTraceparent(parent, state) ?? {}
    expect(spanId).toBe('b7ad6b7169203331')
    expect(rest).not.toHaveProperty('state')
  })

  it('is left out without its traceparent', () => {
    expect(parseTraceparent(null, 'a=1')).toBeUndefined()
    expect(parseTraceparent('nonsense', 'a=1')).toBeUndefined()
  })
})
