import { isSecretName, marksIn } from '../kernel/index.ts'
import type { PathTemplate } from './path.ts'

/** What may be shown of a request's path. */
export type ShowPath = (path: string) => string

/**
 * Makes what writes the parameters of a path that are secret or personal, by their names or schema, as
 * the template has them: `/reset/{token}`. Undefined where the template has none.
 */
export function createShowPath(
  { names, route }: PathTemplate,
  params: unknown,
): ShowPath | undefined {
  const marks = marksIn(params)
  const hidden = names.filter((name) => marks.has(name) || isSecretName(name) || name === 'code')
  if (hidden.length === 0) return undefined
  const template = route.split('/')
  const places = hidden.map((name) => template.indexOf(`{${name}}`))
  return (path) => {
    const segments = path.split('/')
    for (const place of places) segments[place] = template[place] as string
    return segments.join('/')
  }
}

const HIDDEN = '[redacted]'
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/**
 * What may be shown of a path that nothing here declares: a mistyped link, a page of another router, an
 * address that a request is sent to. Long segments with letters and digits may be tokens.
 */
export function showUnknownPath(path: string): string {
  if (path.length < 16) return path
  return path
    .split('/')
    .map((segment) => (segment.length >= 16 && looksRandom(segment) ? HIDDEN : segment))
    .join('/')
}

function looksRandom(text: string): boolean {
  return /\d/.test(text) && /[a-z]/i.test(text) && !UUID.test(text)
}

/** Names of programs that are remembered: a server hears few, and again and again. */
const AGENTS = 500
const AGENT_LENGTH = 300
const agents = new Map<string, string>()

/** What may be shown of a `User-Agent`, where clients write what they like: nothing that may be a token. */
export function showAgent(agent: string): string {
  const known = agents.get(agent)
  if (known !== undefined) return known
  const shown = agent
    .slice(0, AGENT_LENGTH)
    .replace(/[\w~+=-]{16,}/g, (run) => (looksRandom(run) ? HIDDEN : run))
  if (agents.size >= AGENTS) agents.clear()
  if (agent.length <= AGENT_LENGTH) agents.set(agent, shown)
  return shown
}

const METHOD = /^[A-Za-z-]{1,20}$/

/** What may be shown of a method that nobody knows. */
export function showMethod(method: string): string | undefined {
  return METHOD.test(method) ? method : undefined
}
