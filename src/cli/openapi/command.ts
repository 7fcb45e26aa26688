import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { EXIT, type Terminal } from '../terminal.ts'
import { UsageError } from '../usage-error.ts'
import type { OpenapiArguments } from './arguments.ts'
import type { Change } from './change.ts'
import { compareDocuments } from './compare.ts'
import type { Document } from './document.ts'
import { loadDocument } from './load.ts'

/** Writes the app's document and tells what it changes for those who know an earlier one. */
export async function openapi(asked: OpenapiArguments, terminal: Terminal): Promise<number> {
  const { out, against } = asked
  // Read first: it may be the very file that is written.
  const earlier = against === undefined ? undefined : read(resolve(terminal.folder, against))
  const document = await loadDocument(asked, terminal.folder)
  const text = `${JSON.stringify(document, null, 2)}\n`
  if (out !== undefined) writeFileSync(resolve(terminal.folder, out), text)
  else if (!earlier) terminal.out(text.trimEnd())
  return earlier ? tell(compareDocuments(earlier, document), terminal) : EXIT.done
}

function read(file: string): Document {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    throw new UsageError(`There is no file ${file}`)
  }
  try {
    const document: Document = JSON.parse(text)
    if (typeof document.openapi === 'string') return document
  } catch {
    // What is no JSON is no document either.
  }
  throw new UsageError(`${file}: expected an OpenAPI document as JSON, such as --out writes`)
}

function tell(changes: readonly Change[], { out }: Terminal): number {
  const breaking = changes.filter((change) => change.breaking)
  const others = changes.filter((change) => !change.breaking)
  if (breaking.length > 0) out(`Breaking:${list(breaking)}`)
  if (others.length > 0) out(`${breaking.length > 0 ? '\n' : ''}Not breaking:${list(others)}`)
  if (changes.length === 0) out('Nothing has changed.')
  return breaking.length > 0 ? EXIT.failed : EXIT.done
}

function list(changes: readonly Change[]): string {
  const lines = changes.map(({ place, reason }) => `\n- ${place}: ${reason}`)
  // A row that many operations answer with changes all of them, but each of them once.
  return [...new Set(lines)].join('')
}
