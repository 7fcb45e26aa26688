import { anyone, content, type Operation, type OperationTree } from '../../http/index.ts'
import type { Description } from './description.ts'

/**
 * Makes the operations that show the description of the others: the routes for clients, the OpenAPI
 * document and the reference page.
 */
export function describeOperations(describe: () => Promise<Description>): OperationTree {
  return {
    manifest: text('/operations.json', async () => (await describe()).manifest()),
    openapi: text('/openapi.json', async () => (await describe()).text()),
    reference: {
      kind: 'operation',
      spec: {
        method: 'GET',
        path: '/reference',
        guard: anyone,
        responses: { 200: content('text/html; charset=utf-8') },
      },
      handler: async () => {
        const { html, policy } = await (await describe()).page()
        return { status: 200, headers: { 'content-security-policy': policy }, body: html }
      },
    },
  }
}

function text(path: string, body: () => Promise<string>): Operation {
  return {
    kind: 'operation',
    spec: { method: 'GET', path, guard: anyone, responses: { 200: content('application/json') } },
    handler: async () => ({ status: 200, body: await body() }),
  }
}
