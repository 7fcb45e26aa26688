/** Runs a case against a server and holds what comes back to what is expected. */

import assert from 'node:assert/strict'
import { gunzipSync } from 'node:zlib'
import type { Expected, Sent, Step, WireCase } from './case.ts'
import { type Answer, type Exchanged, exchange } from './exchange.ts'
import { personId } from './people.ts'

/** The ports of the two servers. */
export interface Ports {
  readonly plain: number
  readonly proxied: number
}

interface Run {
  readonly ports: Ports
  /** The number of the case, which tells who calls in it. */
  readonly index: number
  /** What is expected of the last step instead. */
  readonly expected?: Expected | undefined
}

/** Rejects with what is other than expected. */
export async function runCase(
  each: WireCase,
  { ports, index: place, expected }: Run,
): Promise<void> {
  const port = ports[each.to]
  // Whoever calls is somebody new in each case, so that no case sees the rows of another.
  const known = new Map([
    ['port', String(port)],
    ['actor', personId(2 * place)],
    ['other', personId(2 * place + 1)],
  ])
  for (const [index, { send, expect, keep }] of each.steps.entries()) {
    const last = index === each.steps.length - 1
    const exchanged = await exchange(port, filled(send, known))
    try {
      check(exchanged, filled(last && expected ? expected : expect, known), send)
    } catch (error) {
      throw new Error(`${tell(each, index)}\n${tellAnswer(exchanged)}`, { cause: error })
    }
    remember(exchanged.answer, keep, known)
  }
}

/** Puts what is known into every text of a value. */
function filled<T>(value: T, known: ReadonlyMap<string, string>): T
function filled(value: unknown, known: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') {
    return value.replace(/\{(\w+)\}/g, (whole, name) => known.get(name) ?? whole)
  }
  if (Array.isArray(value)) return value.map((item) => filled(item, known))
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof RegExp || value instanceof Uint8Array) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, filled(item, known)]))
}

function check({ answer, ended, rest, fault }: Exchanged, expected: Expected, sent: Sent): void {
  assert.equal(ended, true, 'The server never ended the connection')
  if (expected.broken) {
    assert.ok(fault !== undefined || !answer, 'The answer ended as if it was whole')
    return
  }
  assert.equal(fault, undefined)
  if (expected.refused) {
    if (!answer) return
    assert.ok(answer.status >= 400, `It was answered ${answer.status}`)
    assert.equal(rest, '', 'Something else was answered behind the refusal')
    return
  }
  assert.ok(answer, 'The connection ended without an answer')
  if (expected.behind) assert.match(rest, expected.behind)
  else assert.equal(rest, '', 'Something else was answered behind the answer')
  if (expected.status !== undefined) assert.equal(answer.status, expected.status)
  if (!expected.foreign) checkOwn(answer, sent, expected.declared === true)
  for (const [name, wanted] of Object.entries(expected.headers ?? {})) {
    checkHeader(name, answer.headers.get(name)?.join(', '), wanted)
  }
  checkBody(answer, expected)
}

/** What holds for each answer of ours, whatever was asked. */
function checkOwn({ status, headers, body }: Answer, { line }: Sent, declared: boolean): void {
  const field = (name: string) => headers.get(name)?.join(', ') ?? ''
  for (const name of ['server', 'x-powered-by']) {
    assert.equal(headers.has(name), false, `The answer tells ${name}: ${field(name)}`)
  }
  if (status >= 400 && !declared && !line.startsWith('HEAD ')) {
    assert.equal(field('content-type'), 'application/problem+json')
    const problem = JSON.parse(body.toString())
    assert.equal(problem.status, status)
    for (const member of ['type', 'title', 'detail', 'code']) {
      assert.equal(typeof problem[member], 'string', `The problem has no ${member}`)
    }
    // Said by the server before there is an app that could say more.
    if (
      /^(malformed_request|not_implemented|expectation_failed|http_version_not_supported)$/.test(
        problem.code,
      )
    )
      return
  }
  assert.equal(field('x-content-type-options'), 'nosniff')
  assert.equal(field('referrer-policy'), 'no-referrer')
  assert.match(field('content-security-policy'), /frame-ancestors 'none'/)
  assert.notEqual(field('cache-control'), '')
}

function checkHeader(
  name: string,
  value: string | undefined,
  wanted: string | RegExp | boolean,
): void {
  if (typeof wanted === 'boolean') {
    assert.equal(value !== undefined, wanted, `The header ${name} is ${value}`)
  } else if (typeof wanted === 'string') {
    assert.equal(value, wanted, `The header ${name}`)
  } else {
    assert.match(value ?? '', wanted, `The header ${name}`)
  }
}

function checkBody(answer: Answer, { code, json, text, lacks }: Expected): void {
  const coded = answer.headers.get('content-encoding')?.join() === 'gzip'
  const content = coded && answer.body.length > 0 ? gunzipSync(answer.body) : answer.body
  const body = content.toString()
  if (code !== undefined) assert.equal(JSON.parse(body).code, code)
  if (json !== undefined) checkJson(JSON.parse(body), json, 'body')
  if (typeof text === 'string') assert.equal(body, text)
  if (text instanceof RegExp) assert.match(body, text)
  if (lacks !== undefined) {
    const whole = body + JSON.stringify([...answer.headers])
    assert.ok(!whole.includes(lacks), `The answer tells ${lacks}`)
  }
}

/** Every member that is wanted is there. `null` of a wanted object is null; lists are of one length. */
function checkJson(value: unknown, wanted: unknown, path: string): void {
  if (wanted instanceof RegExp) {
    assert.match(String(value), wanted, path)
    return
  }
  if (typeof wanted !== 'object' || wanted === null) {
    assert.equal(value, wanted, path)
    return
  }
  assert.ok(typeof value === 'object' && value !== null, `${path} is ${typeof value}`)
  assert.equal(Array.isArray(value), Array.isArray(wanted), path)
  if (Array.isArray(wanted)) assert.equal((value as unknown[]).length, wanted.length, path)
  for (const [key, item] of Object.entries(wanted)) {
    const member = Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined
    checkJson(member, item, `${path}.${key}`)
  }
}

function remember(
  answer: Answer | undefined,
  keep: Step['keep'] = {},
  known: Map<string, string>,
): void {
  for (const [name, source] of Object.entries(keep)) {
    const [part = '', key = ''] = source.split(' ')
    const body = part === 'body' ? JSON.parse(answer?.body.toString() ?? '') : undefined
    const value =
      part === 'header'
        ? answer?.headers.get(key)?.[0]
        : key.split('.').reduce((from, step) => from?.[step], body)
    assert.ok(value !== undefined && value !== null, `There is no ${source} to keep`)
    known.set(name, String(value))
  }
}

function tell({ topic, title, steps }: WireCase, index: number): string {
  const { send } = steps[index] as Step
  const which = steps.length > 1 ? `, request ${index + 1}` : ''
  return `${topic}: ${title}${which}\n${(send.raw ?? send.line).slice(0, 200)}`
}

function tellAnswer({ answer, ended, rest, fault }: Exchanged): string {
  if (fault !== undefined) return fault
  if (!answer) return ended ? 'No answer' : 'No answer, and the connection is open'
  const headers = Array.from(answer.headers, ([name, value]) => `${name}: ${value.join(', ')}`)
  const body = answer.body.toString().slice(0, 500)
  return [`${answer.status}${rest && ' and more'}`, ...headers, body].join('\n')
}
