import { type Issue, misuse } from '../../kernel/index.ts'
import { tooLarge } from '../fetch.ts'
import { addIssue, invalidInput } from '../issues.ts'
import { joinBytes } from '../join-bytes.ts'
import { HEAD, isContentOf, isNameOf } from './magic.ts'
import { countOf, type FilesOptions, type UploadedFile } from './multipart.ts'
import type { Part, PartReader } from './parts.ts'
import { malformed } from './reader.ts'
import { toFileName } from './upload-name.ts'

/** The files of one body, as they are declared and as they come. */
export interface Arrival {
  /** Looks at the beginning of a file. Undefined is a file input that was left empty. Throws 413 and 422. */
  readonly admit: (part: Part) => Promise<Admitted | undefined>
  /** The names of required files that have not come. */
  readonly missing: () => readonly string[]
}

/** A file that was let in. */
export interface Admitted {
  readonly file: UploadedFile
  /** Passes over what the handler has not read. */
  readonly skip: () => Promise<void>
}

/** Creates what lets the files of one body in. */
export function createArrival(files: FilesOptions): Arrival {
  const counts = new Map<string, number>()
  return {
    missing: () => Object.keys(files).filter((name) => !files[name]?.optional && !counts.has(name)),
    async admit(part) {
      const { name, filename = '', mediaType = 'application/octet-stream' } = part.head
      const rule = Object.hasOwn(files, name) ? files[name] : undefined
      if (!rule) throw refused(name, 'Unknown file')
      const head = await readHead(part)
      if (filename === '' && head.length === 0) return undefined
      const count = (counts.get(name) ?? 0) + 1
      if (count > countOf(rule)) throw refused(name, 'Given too often')
      counts.set(name, count)
      const safe = toFileName(filename)
      if (rule.mediaTypes && !rule.mediaTypes.includes(mediaType)) {
        throw refused(name, `Expected ${rule.mediaTypes.join(' or ')}`)
      }
      if (!isContentOf(mediaType, head)) throw refused(name, `Is not ${mediaType}`)
      if (!isNameOf(mediaType, safe)) throw refused(name, `Is not named as ${mediaType} is`)
      const content = createContent(part, { head, maxBytes: rule.maxBytes })
      const file = { name, filename: safe, mediaType, stream: content.stream }
      return { file, skip: content.skip }
    },
  }
}

/** Gives the files one after another, beginning with the one that the fields ended at. */
export async function* filesFrom(
  first: Admitted | undefined,
  { arrival, parts }: { readonly arrival: Arrival; readonly parts: PartReader },
): AsyncGenerator<UploadedFile, void, void> {
  for (let admitted = first; admitted; ) {
    yield admitted.file
    await admitted.skip()
    admitted = await nextFile({ arrival, parts })
  }
}

async function nextFile({
  arrival,
  parts,
}: {
  readonly arrival: Arrival
  readonly parts: PartReader
}): Promise<Admitted | undefined> {
  for (let part = await parts.next(); part; part = await parts.next()) {
    if (part.head.filename === undefined) {
      throw malformed('invalid_multipart', 'The fields must come before the files.')
    }
    const admitted = await arrival.admit(part)
    if (admitted) return admitted
  }
  const missing = arrival.missing()
  if (missing.length === 0) return undefined
  throw invalidInput(missing.map((name) => ({ path: `body.files.${name}`, message: 'Missing' })))
}

/** The refusal of a file by its name, type or number. */
function refused(name: string, message: string): Error {
  const issues: Issue[] = []
  addIssue(issues, `body.files.${name}`, message)
  return invalidInput(issues)
}

/** Reads as much as is needed to tell the type. */
async function readHead({ read }: Part): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  while (length < HEAD) {
    const chunk = await read()
    if (!chunk) break
    chunks.push(chunk)
    length += chunk.length
  }
  return joinBytes(chunks, length)
}

/** The content of a file as a stream, which waits for its reader, and what passes over the rest of it. */
function createContent(
  { read }: Part,
  { head, maxBytes }: { readonly head: Uint8Array; readonly maxBytes: number },
): { stream: ReadableStream<Uint8Array>; skip: () => Promise<void> } {
  let first: Uint8Array | undefined = head
  let length = 0
  let reading: Promise<Uint8Array | undefined> = Promise.resolve(head)
  let ended = false
  let skipped = false
  const stream = new ReadableStream<Uint8Array>({ pull }, { highWaterMark: 0 })
  return { stream, skip }

  async function pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    if (skipped) throw misuse('body.files', 'a file is read after the next one was asked for')
    reading = more()
    const chunk = await reading
    if (chunk) controller.enqueue(chunk)
    else controller.close()
  }

  async function more(): Promise<Uint8Array | undefined> {
    const chunk = first ?? (await read())
    first = undefined
    if (!chunk) ended = true
    length += chunk?.length ?? 0
    if (length > maxBytes) throw tooLarge(maxBytes)
    return chunk?.length === 0 ? more() : chunk
  }

  async function skip(): Promise<void> {
    skipped = true
    // What the handler was waiting for comes first; how that ended, it was told.
    await reading.catch(() => {})
    while (!ended) await more()
  }
}
