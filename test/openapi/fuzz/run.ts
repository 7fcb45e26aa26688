import fc from 'fast-check'
import { documentOf, type Tested } from '../apps.ts'
import { type Answer, createAnswerCheck, essence } from './answers.ts'
import { type Description, type Route, routesOf } from './description.ts'
import { type FuzzRequest, requestsTo } from './requests.ts'

/** What a run found out. */
export interface Report {
  readonly requests: number
  /** How often each operation answered each status. */
  readonly statuses: Readonly<Record<string, Readonly<Record<number, number>>>>
  readonly findings: readonly Finding[]
}

export interface Finding {
  /** The number of the request in the run: the same seed makes it again. */
  readonly at: number
  readonly operation: string
  readonly problem: string
  readonly request: string
}

interface Options {
  readonly requests: number
  readonly seed: number
}

const FINDINGS = 20
const REMEMBERED = 40

/** Sends requests made from an app's description to the app, one after the other. */
export async function fuzz(tested: Tested, { requests, seed }: Options): Promise<Report> {
  const document = (await documentOf(tested)) as unknown as Description
  const routes = routesOf(document)
  const check = createAnswerCheck(document)
  const seen = { ids: [] as string[] }
  const arbitraries = new Map<Route, fc.Arbitrary<FuzzRequest>>()
  const statuses: Record<string, Record<number, number>> = {}
  const findings: Finding[] = []
  for (let at = 0; at < requests && findings.length < FINDINGS; at++) {
    // What was seen changes what is made, so the recipes are made anew from time to time.
    if (at % 200 === 0) arbitraries.clear()
    const route = routes[pick(seed, at, routes.length)] as Route
    const recipe = arbitraries.get(route) ?? requestsTo(route, { document, seen })
    arbitraries.set(route, recipe)
    const [request] = fc.sample(recipe, { seed: seed + at, numRuns: 1 })
    const caller = tested.callers[pick(seed + 1, at, tested.callers.length)]
    if (!request || !caller) continue
    const { operationId } = route.operation
    const line = show(request)
    try {
      const answer = await send(caller, request)
      statuses[operationId] = count(statuses[operationId], answer.status)
      const problem = addressed(request, route) ? check(route, answer) : checkOther(answer)
      if (problem !== undefined)
        findings.push({ at, operation: operationId, problem, request: line })
      remember(answer, seen.ids)
    } catch (error) {
      findings.push({ at, operation: operationId, problem: String(error), request: line })
    }
    await tested.restore?.()
  }
  return { requests, statuses, findings }
}

function count(
  known: Readonly<Record<number, number>> = {},
  status: number,
): Record<number, number> {
  return { ...known, [status]: (known[status] ?? 0) + 1 }
}

/** A number below `count` that is the same for the same seed: mixed as SplitMix32 does. */
function pick(seed: number, at: number, count: number): number {
  let mixed = (seed * 0x9e3779b1 + at * 0x85ebca6b) | 0
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
  return ((mixed ^ (mixed >>> 15)) >>> 0) % count
}

async function send(
  caller: Tested['callers'][number],
  { method, path, headers, body }: FuzzRequest,
): Promise<Answer> {
  const response = await caller.fetch(path, {
    method,
    headers,
    ...(body !== undefined && { body }),
  })
  const type = response.headers.get('content-type')
  const text = await response.text()
  return { status: response.status, mediaType: type === null ? undefined : essence(type), text }
}

/** Whether a bent path still leads to the operation, whose declaration the answer is held against. */
function addressed({ path, valid }: FuzzRequest, route: Route): boolean {
  if (valid) return true
  const pattern = route.path.replaceAll(/[.$]/g, '\\$&').replaceAll(/\{\w+\}/g, '[^/]+')
  return new RegExp(`^${pattern}$`).test(path.split('?', 1)[0] ?? '')
}

/** What holds for every answer, whichever operation gave it. */
function checkOther({ status, text }: Answer): string | undefined {
  return status >= 500 ? `answered ${status}: ${text}` : undefined
}

/** Keeps ids, cursors and versions that later requests may be about. */
function remember({ text, status }: Answer, ids: string[]): void {
  if (status >= 300) return
  for (const [, value = ''] of text.matchAll(/"(?:id|next|product|place|code)":"([^"]{2,400})"/g)) {
    if (ids.includes(value)) continue
    ids.push(value)
    if (ids.length > REMEMBERED) ids.splice(1, 1)
  }
}

function show({ method, path, headers, body }: FuzzRequest): string {
  const sent = body instanceof FormData ? JSON.stringify([...body.keys()]) : body
  const text = sent instanceof Uint8Array ? `bytes ${Buffer.from(sent).toString('hex')}` : sent
  return [method, path, JSON.stringify(headers), text ?? ''].join(' ').slice(0, 1000)
}
