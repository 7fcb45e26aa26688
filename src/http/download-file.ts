import { misuse } from '../kernel/index.ts'
import type { DownloadSource } from './download.ts'
import { toEntityTag } from './entity-tag.ts'
import { contentDisposition } from './file-name.ts'
import { toHttpDate } from './http-date.ts'

/** A file as it is sent, with its own headers. */
export interface PreparedDownload {
  readonly size: number
  readonly headers: Readonly<Record<string, string>>
  readonly read: DownloadSource['read']
}

/** Takes a file apart, or answers undefined for what is none. */
export function prepareDownload(body: unknown, place: string): PreparedDownload | undefined {
  if (typeof body !== 'object' || body === null) return undefined
  if (body instanceof Blob) {
    const name = 'name' in body && typeof body.name === 'string' ? body.name : undefined
    return {
      size: body.size,
      headers: headersOf(name),
      read: (start, end) => body.slice(start, end).stream(),
    }
  }
  const { size, name, etag, lastModified } = body as DownloadSource
  if (!('read' in body) || typeof body.read !== 'function') return undefined
  if (!Number.isSafeInteger(size) || size < 0) {
    throw misuse(place, `answered with a file whose size is ${size}; expected a number of bytes`)
  }
  const headers = headersOf(name)
  if (etag !== undefined) headers['etag'] = toEntityTag(etag, place)
  if (lastModified !== undefined) headers['last-modified'] = toHttpDate(lastModified, place)
  return { size, headers, read: (start, end) => (body as DownloadSource).read(start, end) }
}

function headersOf(name: string | undefined): Record<string, string> {
  return { 'content-disposition': contentDisposition(name) }
}
