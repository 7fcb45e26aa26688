import { type Operation, type RequestLimit, signedIn } from '../../http/index.ts'

type Spec = Operation['spec']

/** An operation, and what of its app concerns its description. */
export interface Facts {
  readonly spec: Spec
  /** The limits that requests to it are held to. */
  readonly limits: readonly RequestLimit[]
}

export function factsOf({ spec }: Operation, shared: readonly RequestLimit[]): Facts {
  return { spec, limits: [...(spec.essential ? [] : shared), ...(spec.limits ?? [])] }
}

export function isUnsafe({ method }: Spec): boolean {
  return method !== 'GET'
}

/** Whether being signed in is not enough. */
export function isChoosy({ guard = signedIn }: Spec): boolean {
  return guard.authenticated && guard.name !== signedIn.name
}

/** Whether a success has a body, whose media type a client may not take. */
export function isNegotiated({ responses }: Spec): boolean {
  return Object.entries(responses).some(([status, body]) => Number(status) < 400 && body !== null)
}

/** Whether it answers with a file, of which a part may be asked for. */
export function isDownload({ method, responses }: Spec): boolean {
  const whole = method === 'GET' ? responses[200] : undefined
  return !!whole && 'kind' in whole && whole.kind === 'download'
}

const VALIDATORS: ReadonlySet<string> = new Set(['etag', 'last-modified'])

/** Whether its answers say which version they are, so that a client may ask for another one only. */
export function isRevalidated(spec: Spec): boolean {
  if (spec.method !== 'GET' || spec.responses[200] === undefined) return false
  const named = Object.keys(spec.responseHeaders?.[200] ?? {})
  return isDownload(spec) || named.some((name) => VALIDATORS.has(name.toLowerCase()))
}
