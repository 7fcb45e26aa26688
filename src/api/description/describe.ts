import { anyone, content, type Operation, type OperationTree } from '../../http/index.ts'
import { createDocument, type DescriptionOptions } from './document.ts'

/**
 * Makes the operations that describe the others: the routes for clients, and the OpenAPI
 * document. Each is written when it is first asked for.
 */
export function describeOperations(
  operations: ReadonlyMap<string, Operation>,
  options: DescriptionOptions = {},
): OperationTree {
  const document = once(() => JSON.stringify(createDocument(operations, options)))
  return {
    manifest: text(
      '/operations.json',
      'application/json',
      once(() => manifestOf(operations)),
    ),
    openapi: text('/openapi.json', 'application/json', document),
  }
}

function text(path: string, mediaType: string, body: () => string): Operation {
  return {
    kind: 'operation',
    spec: { method: 'GET', path, guard: anyone, responses: { 200: content(mediaType) } },
    handler: () => ({ status: 200, body: body() }),
  }
}

function manifestOf(operations: ReadonlyMap<string, Operation>): string {
  const routes = Array.from(operations, ([id, { spec }]) => [id, [spec.method, spec.path]])
  return JSON.stringify(Object.fromEntries(routes))
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
