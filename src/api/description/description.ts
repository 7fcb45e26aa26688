import type { AppLimits, Operation } from '../../http/index.ts'
import type { ReferenceDocument } from '../reference/model.ts'
import { createReferencePage, type ReferencePage } from '../reference/page.ts'
import { createDocument, type DescriptionOptions, type OpenApiDocument } from './document.ts'
import { manifestOf } from './manifest.ts'
import { once } from './once.ts'

/** What is said of operations. Each part is written when it is first asked for. */
export interface Description {
  document(): OpenApiDocument
  /** The document as text. */
  text(): string
  /** What clients must know of the operations. */
  manifest(): string
  page(): Promise<ReferencePage>
}

/**
 * Describes operations by their ids. This module alone leads to what only a description needs, a third
 * of a server's code: it is loaded when one is first asked for.
 */
export function createDescription(
  operations: ReadonlyMap<string, Operation>,
  options: DescriptionOptions & { readonly limits?: AppLimits },
): Description {
  const document = once(() => createDocument(operations, options))
  return {
    document,
    text: once(() => JSON.stringify(document())),
    manifest: once(() => manifestOf(operations)),
    // The page is typed by the parts of the document that it shows.
    page: once(() => createReferencePage(document() as unknown as ReferenceDocument)),
  }
}
