import type { Operation } from '../../http/index.ts'
import type { AnswerKind, BodyKind, Route, RouteHints } from '../client/manifest.ts'

/** Writes what a client must know of each operation: `GET /operations.json`. */
export function manifestOf(operations: ReadonlyMap<string, Operation>): string {
  const routes = Array.from(operations, ([id, { spec }]) => [id, routeOf(spec)])
  return JSON.stringify(Object.fromEntries(routes))
}

function routeOf({ method, path, responses, body, idempotent }: Operation['spec']): Route {
  const answers = Object.entries(responses).map(([status, response]) => {
    return [status, answerKindOf(response)] as const
  })
  const hints: RouteHints = {
    answers: Object.fromEntries(answers),
    ...(idempotent && { idempotent: true }),
    ...hintsOf(body),
  }
  return [method, path, hints]
}

const ANSWERS: Readonly<Record<string, AnswerKind>> = {
  content: 'text',
  download: 'download',
  events: 'events',
  lines: 'lines',
}

/** What a response is declared with: a schema is of JSON. */
function answerKindOf(response: unknown): AnswerKind {
  if (!response) return 'none'
  return ANSWERS[(response as { readonly kind?: string }).kind ?? ''] ?? 'json'
}

const BODIES: ReadonlySet<unknown> = new Set<BodyKind>(['form', 'multipart', 'text', 'bytes'])

interface DeclaredBody {
  readonly kind?: BodyKind
  readonly mediaType?: string
  readonly mediaTypes?: readonly string[]
}

/** What a body is declared with: of JSON nothing need be said. */
function hintsOf(body: unknown): RouteHints {
  const { kind, mediaType, mediaTypes } = (body ?? {}) as DeclaredBody
  if (kind === undefined || !BODIES.has(kind)) return {}
  const written = mediaType ?? mediaTypes?.[0]
  return { body: kind, ...(written !== undefined && { mediaType: written }) }
}
