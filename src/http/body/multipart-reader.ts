import type { Issue } from '../../kernel/index.ts'
import { createParser } from '../create-parser.ts'
import { tooLarge } from '../fetch.ts'
import { addIssue, UNKNOWN_KEY } from '../issues.ts'
import { createMediaTypeCheck, isUtf8 } from '../media-type.ts'
import type { Parser } from '../parser.ts'
import { findBadText } from '../text.ts'
import { addValue, createValues, type Values } from '../values.ts'
import { type Admitted, type Arrival, createArrival, filesFrom } from './files.ts'
import { MAX_FIELDS, tooManyFields } from './form.ts'
import { countOf, type FilesOptions, type MultipartBody } from './multipart.ts'
import { boundaryOf } from './part-head.ts'
import { createPartReader, MAX_HEAD, type Part, type PartReader } from './parts.ts'
import { type BodyOptions, decodeUtf8, missingBody, type StreamReader } from './reader.ts'

const TYPES = ['multipart/form-data']

/** Creates the reader of a body of fields and files. */
export function createMultipartReader(
  { fields, files, maxBytes }: MultipartBody,
  { bodyLimit, place }: BodyOptions,
): StreamReader {
  const parser = fields && createParser(fields, `${place}: fields`)
  const readFields = createFieldsReader(parser, bodyLimit)
  const total = maxBytes ?? bodyLimit + largest(files)
  const check = createMediaTypeCheck(TYPES, { utf8: false })
  return {
    streamed: true,
    check,
    async open({ incoming, issues }) {
      const type = incoming.header('content-type')
      if (type === null) throw await refusalOf(incoming.stream(total), () => check(incoming))
      const boundary = boundaryOf(type)
      const parts = createPartReader(incoming.stream(total), boundary)
      const arrival = createArrival(files)
      try {
        const { values, first } = await readFields({ parts, arrival, issues })
        if (!first) noteMissing(arrival, issues)
        return {
          value: {
            fields: parser?.parse(values, { path: 'body.fields', issues }),
            files: filesFrom(first, { arrival, parts }),
          },
          release: parts.cancel,
        }
      } catch (error) {
        parts.cancel(error)
        throw error
      }
    },
  }
}

/** The refusal of a body without a type: it is missing, or `check` says what it should be. */
async function refusalOf(stream: ReadableStream<Uint8Array>, check: () => void): Promise<Error> {
  const reader = stream.getReader()
  const { done } = await reader.read()
  if (!done) {
    reader.cancel().catch(() => {})
    check()
  }
  return missingBody(TYPES)
}

/** Bytes of all files at their largest, with the heads of their parts. */
function largest(files: FilesOptions): number {
  const sizes = Object.values(files).map((rule) => (rule.maxBytes + 2 * MAX_HEAD) * countOf(rule))
  return sizes.reduce((sum, size) => sum + size, 2 * MAX_HEAD)
}

function noteMissing(arrival: Arrival, issues: Issue[]): void {
  for (const name of arrival.missing()) addIssue(issues, `body.files.${name}`, 'Missing')
}

interface Reading {
  readonly parts: PartReader
  readonly arrival: Arrival
  readonly issues: Issue[]
}

/** What comes before the files. */
interface Beginning {
  readonly values: Values
  readonly first: Admitted | undefined
}

function createFieldsReader(
  parser: Parser | undefined,
  limit: number,
): (reading: Reading) => Promise<Beginning> {
  const lists = parser?.lists() ?? new Set()
  return async ({ parts, arrival, issues }) => {
    const values = createValues()
    let count = 0
    let room = limit
    for (let part = await parts.next(); part; part = await parts.next()) {
      if (part.head.filename !== undefined) {
        const first = await arrival.admit(part)
        if (first) return { values, first }
        continue
      }
      if (++count > MAX_FIELDS) throw tooManyFields('invalid_multipart')
      const { name } = part.head
      const bytes = await readField(part, { room, limit })
      room -= part.headLength + bytes.length
      const problem = addField(values, {
        part,
        bytes,
        list: lists.has(name),
        declared: parser !== undefined,
      })
      if (problem !== undefined) addIssue(issues, `body.fields.${name}`, problem)
    }
    return { values, first: undefined }
  }
}

/** A field's content as a whole, as far as there is room. */
async function readField(
  { headLength, read }: Part,
  { room, limit }: { readonly room: number; readonly limit: number },
): Promise<Uint8Array> {
  let bytes = new Uint8Array(256)
  let length = 0
  for (let chunk = await read(); chunk; chunk = await read()) {
    const needed = length + chunk.length
    if (headLength + needed > room) throw tooLarge(limit)
    if (needed > bytes.length) {
      const larger = new Uint8Array(Math.max(needed, bytes.length * 2))
      larger.set(bytes)
      bytes = larger
    }
    bytes.set(chunk, length)
    length = needed
  }
  if (headLength > room) throw tooLarge(limit)
  return bytes.subarray(0, length)
}

interface Field {
  readonly part: Part
  readonly bytes: Uint8Array
  readonly list: boolean
  /** Whether there are fields at all. */
  readonly declared: boolean
}

/** Adds a field and answers what stands against it. */
function addField(values: Values, { part, bytes, list, declared }: Field): string | undefined {
  const { name, contentType } = part.head
  if (!declared) return UNKNOWN_KEY
  if (contentType !== undefined && !isUtf8(contentType)) return 'Is not in UTF-8'
  const value = decodeUtf8(bytes, 'invalid_multipart')
  return findBadText(name) ?? findBadText(value) ?? addValue(values, { name, value, list })
}
