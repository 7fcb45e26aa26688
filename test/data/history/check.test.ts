import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { check } from './check.ts'
import type { AnomalyType, Step, Transaction } from './history.ts'

/** `a1` appends 1 to the list a, `a:12` reads 1 and 2 in it. */
function steps(text: string): Step[] {
  return text.split(' ').map((word) => {
    const list = word[0] ?? ''
    if (word[1] !== ':') return { list, append: Number(word.slice(1)) }
    return { list, read: [...word.slice(2)].map(Number) }
  })
}

function history(...texts: readonly string[]): Transaction[] {
  return texts.map((text, at) => ({
    name: `T${at + 1}`,
    outcome: text.startsWith('!') ? 'aborted' : text.startsWith('?') ? 'unknown' : 'committed',
    steps: steps(text.replace(/^[!?]/, '')),
  }))
}

const typesIn = (transactions: readonly Transaction[]): readonly AnomalyType[] =>
  check(transactions).map(({ type }) => type)

describe('a history that is not serializable', () => {
  it.each<readonly [string, AnomalyType, readonly string[]]>([
    ['a lost update', 'G-single', ['a: a1', 'a: a2', 'a:12']],
    ['a lost update whose value is gone', 'incompatible', ['a: a1', 'a: a2', 'a:1', 'a:2']],
    ['a read skew', 'G-single', ['a1 b2', 'a:1 b:', 'b:2']],
    ['a write skew', 'G2', ['a: b1', 'b: a2', 'a:2 b:1']],
    ['a skew of three', 'G2', ['a: b1', 'b: c2', 'c: a3', 'a:3 b:1 c:2']],
    ['an aborted read', 'G1a', ['!a1', 'a:1']],
    ['an intermediate read', 'G1b', ['a1 a2', 'a:1', 'a:12']],
    ['a circle of information', 'G1c', ['a1 b:2', 'b2 a:1']],
    ['writes in different orders', 'G0', ['a1 b2', 'a3 b4', 'a:13', 'b:42']],
    ['a value out of nothing', 'garbage', ['a:7']],
    ['a value that is there twice', 'duplicate', ['a1', 'a:11']],
    ['a value that was appended twice', 'duplicate', ['a1', 'a1']],
    ['not seeing its own write', 'internal', ['a1 a:']],
    ['a read that cannot be repeated', 'internal', ['a1', 'a: a:1']],
    ['reads that agree on no order', 'incompatible', ['a1', 'a2', 'a:12', 'a:21']],
  ])('is found by %s', (_, type, texts) => {
    expect(typesIn(history(...texts))).toContain(type)
  })

  it('is found by a committed value that is missing at the end', () => {
    const final = new Map([['a', [2]]])
    const found = check(history('a1', 'a2'), { final })
    expect(found.map(({ type }) => type)).toEqual(['lost'])
  })

  it('is found by a reader that was answered with the past, if asked for', () => {
    const [write, read] = history('a1', 'a:') as [Transaction, Transaction]
    const stale = [
      { ...write, began: 0, ended: 1 },
      { ...read, began: 2, ended: 3 },
    ]
    const final = new Map([['a', [1]]])
    expect(check(stale, { final })).toEqual([])
    expect(check(stale, { final, strict: true })).toMatchObject([{ type: 'realtime' }])
    const together = stale.map((one) => ({ ...one, began: 0, ended: 3 }))
    expect(check(together, { final, strict: true })).toEqual([])
  })

  it('names the circle', () => {
    expect(check(history('a: b1', 'b: a2', 'a:2 b:1'))[0]?.words).toMatch(
      /^(T1 -rw-> T2 -rw-> T1|T2 -rw-> T1 -rw-> T2)$/,
    )
  })
})

describe('a history that is serializable', () => {
  it.each([
    ['nothing'],
    ['one after the other', 'a: a1', 'a:1 a2', 'a:12 a:12'],
    ['an aborted write that nobody saw', 'a1', '!a:1 a2', 'a:1'],
    ['an unknown write that was seen', 'a1', '?a2', 'a:12'],
    ['an unknown write that was not', 'a1', '?a2', 'a:1'],
    ['a read before a write', 'a:', 'a1', 'a:1'],
    ['own writes', 'a1 a:1 a2 a:12', 'a:12'],
  ])('passes: %s', (_, ...texts) => {
    expect(check(history(...texts))).toEqual([])
  })
})

/** Transactions that read and append at random. */
const plans = fc.array(
  fc.array(fc.record({ list: fc.constantFrom('a', 'b', 'c'), reads: fc.boolean() }), {
    minLength: 1,
    maxLength: 4,
  }),
  { minLength: 2, maxLength: 12 },
)

type Plan = readonly { readonly list: string; readonly reads: boolean }[]
type Lists = ReadonlyMap<string, readonly number[]>

/** Runs plans on the state that `snapshotOf` gives to each: the current one, or an earlier one. */
function run(
  all: readonly Plan[],
  snapshotOf: (states: readonly Lists[]) => Lists,
): readonly Transaction[] {
  let value = 0
  const states: Lists[] = [new Map()]
  return all.map((plan, at) => {
    const seen = new Map(snapshotOf(states))
    const current = new Map(states.at(-1))
    const done = plan.map(({ list, reads }): Step => {
      if (reads) return { list, read: seen.get(list) ?? [] }
      value += 1
      seen.set(list, [...(seen.get(list) ?? []), value])
      current.set(list, [...(current.get(list) ?? []), value])
      return { list, append: value }
    })
    states.push(current)
    return { name: `T${at + 1}`, outcome: 'committed', steps: done, began: at, ended: at + 0.5 }
  })
}

describe('any transactions', () => {
  it('that run one after the other are serializable, in whatever order they are told', () => {
    fc.assert(
      fc.property(plans, fc.infiniteStream(fc.nat()), (all, random) => {
        const serial = run(all, (states) => states.at(-1) as Lists)
        const shuffled = [...serial].sort(() => (random.next().value % 3) - 1)
        expect(check(serial, { strict: true })).toEqual([])
        expect(check(shuffled, { strict: true })).toEqual([])
      }),
    )
  })

  it('that saw an old state while they wrote are found', () => {
    const plan: Plan = [
      { list: 'a', reads: true },
      { list: 'a', reads: false },
    ]
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 30 }), fc.nat(), (size, choice) => {
        const stale = 1 + (choice % (size - 1))
        const all = Array.from({ length: size }, () => plan)
        const found = run(all, (states) => {
          const late = states.length - 1 === stale ? 2 : 1
          return states.at(-late) as Lists
        })
        const last: Transaction = {
          name: 'end',
          outcome: 'committed',
          steps: [{ list: 'a', read: Array.from({ length: size }, (_, at) => at + 1) }],
        }
        expect(typesIn([...found, last])).toContain('G-single')
      }),
    )
  })
})
