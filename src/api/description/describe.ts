import { anyone, content, type Operation, type OperationTree } from '../../http/index.ts'
import type { ReferenceDocument } from '../reference/model.ts'
import { createReferencePage } from '../reference/page.ts'
import type { OpenApiDocument } from './document.ts'
import { manifestOf } from './manifest.ts'

/**
 * Makes the operations that describe the others: the routes for clients, the OpenAPI document and the
 * reference page. Each is written when it is first asked for.
 */
export function describeOperations(
  operations: ReadonlyMap<string, Operation>,
  document: () => OpenApiDocument,
): OperationTree {
  // The page is typed by the parts of the document that it shows.
  const page = once(() => createReferencePage(document() as unknown as ReferenceDocument))
  return {
    manifest: text(
      '/operations.json',
      'application/json',
      once(() => manifestOf(operations)),
    ),
    openapi: text(
      '/openapi.json',
      'application/json',
      once(() => JSON.stringify(document())),
    ),
    reference: {
      kind: 'operation',
      spec: {
        method: 'GET',
        path: '/reference',
        guard: anyone,
        responses: { 200: content('text/html; charset=utf-8') },
      },
      handler: async () => {
        const { html, policy } = await page()
        return { status: 200, headers: { 'content-security-policy': policy }, body: html }
      },
    },
  }
}

function text(path: string, mediaType: string, body: () => string): Operation {
  return {
    kind: 'operation',
    spec: { method: 'GET', path, guard: anyone, responses: { 200: content(mediaType) } },
    handler: () => ({ status: 200, body: body() }),
  }
}

/** Makes a value when it is first asked for, and keeps it. */
export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
