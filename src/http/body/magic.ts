/** How the files of a type begin, and what their names end in. */
interface FileType {
  readonly begins: (head: Uint8Array) => boolean
  readonly extensions: readonly string[]
}

/** Bytes that are enough to tell every type of the table. */
export const HEAD = 16

const TYPES: Readonly<Record<string, FileType>> = {
  'image/png': type(['png'], at(0, [0x89, 'PNG\r\n', 0x1a, '\n'])),
  'image/jpeg': type(['jpg', 'jpeg'], at(0, [0xff, 0xd8, 0xff])),
  'image/gif': type(['gif'], at(0, ['GIF87a']), at(0, ['GIF89a'])),
  'image/webp': type(['webp'], both(at(0, ['RIFF']), at(8, ['WEBP']))),
  'application/pdf': type(['pdf'], at(0, ['%PDF-'])),
  'application/zip': type(['zip'], at(0, ['PK', 3, 4]), at(0, ['PK', 5, 6])),
  'application/gzip': type(['gz', 'tgz'], at(0, [0x1f, 0x8b, 8])),
  'video/mp4': type(['mp4', 'm4v'], at(4, ['ftyp'])),
  'audio/mpeg': type(['mp3'], at(0, ['ID3']), isMpegFrame),
}

/** A media type without its parameters, in lower case. */
export function essenceOf(type: string): string {
  const [essence = ''] = type.split(';', 1)
  return essence.trim().toLowerCase()
}

/** Whether a file may be of a type by its first bytes: false only for a type that begins otherwise. */
export function isContentOf(mediaType: string, head: Uint8Array): boolean {
  return known(mediaType)?.begins(head) ?? true
}

/** Whether a file's name may stand for a type: false only for an extension of something else. */
export function isNameOf(mediaType: string, filename: string): boolean {
  const dot = filename.lastIndexOf('.')
  const type = known(mediaType)
  if (!type || dot === -1) return true
  return type.extensions.includes(filename.slice(dot + 1).toLowerCase())
}

function known(mediaType: string): FileType | undefined {
  return Object.hasOwn(TYPES, mediaType) ? TYPES[mediaType] : undefined
}

type Test = (head: Uint8Array) => boolean

function type(extensions: readonly string[], ...tests: readonly Test[]): FileType {
  return { extensions, begins: (head) => tests.some((test) => test(head)) }
}

function at(offset: number, parts: readonly (string | number)[]): Test {
  const bytes = parts.flatMap((part) =>
    typeof part === 'number' ? [part] : Array.from(part, (char) => char.charCodeAt(0)),
  )
  return (head) => bytes.every((byte, index) => head[offset + index] === byte)
}

function both(first: Test, second: Test): Test {
  return (head) => first(head) && second(head)
}

/** A frame of MPEG-1 or 2, layer III: eleven bits of one, then version and layer (ISO 11172-3, 2.4.1.3). */
function isMpegFrame([first = 0, second = 0, third = 0]: Uint8Array): boolean {
  const version = (second >> 3) & 3
  const layer = (second >> 1) & 3
  return first === 0xff && second >> 5 === 7 && version !== 1 && layer === 1 && third >> 4 !== 15
}
