import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib'
import fc from 'fast-check'
import { documentOf, type Tested } from '../apps.ts'
import { type Answer, createAnswerCheck, essence } from './answers.ts'
import { type Description, type Route, routesOf } from './description.ts'
import { type FuzzRequest, requestsTo } from './requests.ts'
import { createMemory } from './seen.ts'

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

/** Sends requests made from an app's description to the app, one after the other. */
export async function fuzz(tested: Tested, { requests, seed }: Options): Promise<Report> {
  const document = (await documentOf(tested)) as unknown as Description
  const routes = routesOf(document)
  const check = createAnswerCheck(document)
  const memory = createMemory(tested.known)
  const arbitraries = new Map<Route, fc.Arbitrary<FuzzRequest>>()
  const statuses: Record<string, Record<number, number>> = {}
  const findings: Finding[] = []
  for (let at = 0; at < requests && findings.length < FINDINGS; at++) {
    // What was seen changes what is made, so the recipes are made anew from time to time.
    if (at % 20 === 0) arbitraries.clear()
    const route = routes[pick(seed, at, routes.length)] as Route
    const recipe =
      arbitraries.get(route) ??
      requestsTo(route, { document, seen: memory.within(segmentOf(route)) })
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
      if (answer.status < 300)
        memory.note(segmentOf(route), { value: jsonOf(answer), etag: answer.etag })
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
  { method, path, headers: named, body: given }: FuzzRequest,
): Promise<Answer> {
  const { headers, body } =
    given instanceof FormData ? await encodeForm(given, named) : { headers: named, body: given }
  const response = await caller.fetch(path, {
    method,
    headers,
    ...(body !== undefined && { body }),
  })
  const type = response.headers.get('content-type')
  const text = await decoded(response)
  const mediaType = type === null ? undefined : essence(type)
  return { status: response.status, mediaType, text, etag: response.headers.get('etag') }
}

const CODINGS: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>> = {
  gzip: gunzipSync,
  br: brotliDecompressSync,
  zstd: zstdDecompressSync,
}

async function decoded(response: Response): Promise<string> {
  const bytes = new Uint8Array(await response.arrayBuffer())
  const coding = response.headers.get('content-encoding')
  const decode = coding === null ? undefined : CODINGS[coding]
  if (coding !== null && !decode) throw new Error(`answered in ${coding}`)
  return new TextDecoder().decode(decode && bytes.length > 0 ? decode(bytes) : bytes)
}

/**
 * A form as bytes: the stream that a request makes of one throws where nobody can catch it, when the
 * server gives the body up.
 */
async function encodeForm(
  form: FormData,
  headers: FuzzRequest['headers'],
): Promise<Pick<FuzzRequest, 'headers' | 'body'>> {
  const encoded = new Response(form)
  const type = encoded.headers.get('content-type') ?? ''
  const body = new Uint8Array(await encoded.arrayBuffer())
  return { headers: { 'content-type': type, ...headers }, body }
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

/** The first segment of a path, which says what it is about. */
function segmentOf({ path }: Route): string {
  return path.split('/')[1] ?? ''
}

function jsonOf({ mediaType, text }: Answer): unknown {
  // HEAD is answered with fields alone.
  return mediaType === 'application/json' && text !== '' ? JSON.parse(text) : undefined
}

function show({ method, path, headers, body }: FuzzRequest): string {
  const sent = body instanceof FormData ? JSON.stringify([...body.keys()]) : body
  const text = sent instanceof Uint8Array ? `bytes ${Buffer.from(sent).toString('hex')}` : sent
  return [method, path, JSON.stringify(headers), text ?? ''].join(' ').slice(0, 1000)
}
