import { trimBlanks } from '../text.ts'
import { essenceOf } from './magic.ts'
import { decodeUtf8, malformed } from './reader.ts'

/** What stands before the content of a part. */
export interface PartHead {
  readonly name: string
  /** Undefined where the part is a field. */
  readonly filename: string | undefined
  /** Lower case, without parameters; undefined where the part names none. */
  readonly mediaType: string | undefined
  /** The media type as sent. */
  readonly contentType: string | undefined
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: what header fields may not hold
const FIELD = /^([!#$%&'*+.^_`|~\w-]+):([^\x00-\x08\x0a-\x1f\x7f]*)$/
const DISPOSITION = /^form-data(?=[ \t]*;)/i
/** Quoted pairs are those of quotes alone: a file's name may be a path with backslashes. */
const PARAMETER = /[ \t]*;[ \t]*([!#$%&'*+.^_`|~\w-]+)=(?:"((?:\\"|[^"])*)"|([!#$%&'+.^_`|~\w-]+))/y
const UNCODED = new Set(['7bit', '8bit', 'binary'])
const KNOWN = new Set(['content-disposition', 'content-type', 'content-transfer-encoding'])

/** Reads the head of a part (RFC 7578, section 4). Throws `invalid_multipart` (400). */
export function parsePartHead(bytes: Uint8Array): PartHead {
  const fields = fieldsOf(decodeUtf8(bytes, 'invalid_multipart'))
  const coding = fields.get('content-transfer-encoding')?.toLowerCase() ?? 'binary'
  if (!UNCODED.has(coding)) throw invalid('a part is encoded')
  const parameters = parametersOf(fields.get('content-disposition') ?? '')
  const name = parameters.get('name')
  if (name === undefined) throw invalid('a part has no name')
  const contentType = fields.get('content-type')
  return {
    name,
    filename: parameters.get('filename'),
    mediaType: contentType === undefined ? undefined : essenceOf(contentType),
    contentType,
  }
}

function fieldsOf(text: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>()
  for (const line of text.split('\r\n')) {
    const [, name, value = ''] = FIELD.exec(line) ?? []
    const key = name?.toLowerCase()
    if (key === undefined) throw invalid('a line of a part’s header is malformed')
    if (!KNOWN.has(key)) continue
    if (fields.has(key)) throw invalid(`a part has two headers ${key}`)
    fields.set(key, trimBlanks(value))
  }
  return fields
}

function parametersOf(disposition: string): ReadonlyMap<string, string> {
  const [kind] = DISPOSITION.exec(disposition) ?? []
  if (kind === undefined) throw invalid('a part is not form-data')
  const parameters = new Map<string, string>()
  for (let at = kind.length; at < disposition.length; at = PARAMETER.lastIndex) {
    PARAMETER.lastIndex = at
    const [, name = '', quoted, token = ''] = PARAMETER.exec(disposition) ?? []
    const key = name.toLowerCase()
    // What RFC 7578 forbids (section 4.2), or two values for one name, every parser reads differently.
    if (key === '' || key.endsWith('*') || parameters.has(key)) {
      throw invalid('a content-disposition is malformed')
    }
    parameters.set(key, quoted === undefined ? token : unescaped(quoted))
  }
  return parameters
}

/** As browsers escape names (HTML, section 4.10.21.8), and programs did before. */
function unescaped(text: string): string {
  return text
    .replaceAll('\\"', '"')
    .replaceAll('%22', '"')
    .replaceAll('%0D', '\r')
    .replaceAll('%0A', '\n')
}

const BOUNDARY = /;[ \t]*boundary=(?:"([^"\\]*)"|([^\s;"]*))[ \t]*(?=;|$)/gi
/** What a boundary is made of (RFC 2046, section 5.1.1). */
const CHARACTERS = /^[\w'()+,./:=? -]{0,69}[\w'()+,./:=?-]$/

/** The boundary that a `Content-Type` names. Throws `invalid_multipart` (400) unless there is one. */
export function boundaryOf(contentType: string): string {
  const found = Array.from(contentType.matchAll(BOUNDARY), ([, quoted, token]) => quoted ?? token)
  const [boundary = ''] = found
  if (found.length === 1 && CHARACTERS.test(boundary)) return boundary
  throw invalid('the content type names no boundary')
}

function invalid(what: string): Error {
  return malformed('invalid_multipart', `The body is malformed: ${what}.`)
}
