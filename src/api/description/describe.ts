import {
  anyone,
  content,
  type Guard,
  type Operation,
  type OperationTree,
} from '../../http/index.ts'
import type { createDescription, Description } from './description.ts'

/**
 * Describes operations when it is first asked, and loads then what that takes. What is kept is the
 * description and not the promise of one: on Workers a promise ends with the request that made it.
 */
export function describeLater(
  ...given: Parameters<typeof createDescription>
): () => Promise<Description> {
  let description: Description | undefined
  return async () => {
    if (description) return description
    const loaded = await import('./description.ts')
    description ??= loaded.createDescription(...given)
    return description
  }
}

/**
 * Makes the operations that show the description of the others: the routes for clients, and where there
 * is a guard the OpenAPI document and the reference page.
 */
export function describeOperations(
  describe: () => Promise<Description>,
  guard: Guard | undefined,
): OperationTree {
  const manifest = text('/operations.json', anyone, async () => (await describe()).manifest())
  if (!guard) return { manifest }
  return {
    manifest,
    openapi: text('/openapi.json', guard, async () => (await describe()).text()),
    reference: {
      kind: 'operation',
      spec: {
        method: 'GET',
        path: '/reference',
        guard,
        responses: { 200: content('text/html; charset=utf-8') },
      },
      handler: async () => {
        const { html, policy } = await (await describe()).page()
        return { status: 200, headers: { 'content-security-policy': policy }, body: html }
      },
    },
  }
}

function text(path: string, guard: Guard, body: () => Promise<string>): Operation {
  return {
    kind: 'operation',
    spec: { method: 'GET', path, guard, responses: { 200: content('application/json') } },
    handler: async () => ({ status: 200, body: await body() }),
  }
}
