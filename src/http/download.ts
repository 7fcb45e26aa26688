/** A response that is a file, whole or in part. */
export interface Download {
  readonly kind: 'download'
  readonly mediaType: string
}

/** A file that a handler answers with, wherever it is kept. */
export interface DownloadSource {
  /** In bytes. */
  readonly size: number
  /** The name to save it by. Made harmless, not taken as a path. Default: none. */
  readonly name?: string
  /** Changes whenever the bytes do. Written in quotes when it has none. */
  readonly etag?: string
  readonly lastModified?: Date
  /**
   * Gives the bytes from `start` up to, not including, `end`: exactly as many. Called when the client
   * reads the answer, at most once.
   */
  read(
    start: number,
    end: number,
  ): ReadableStream<Uint8Array> | Uint8Array | Promise<ReadableStream<Uint8Array> | Uint8Array>
}

/** What a handler answers a download with. */
export type DownloadBody = Blob | DownloadSource

/**
 * Declares a response that is a file to be saved. The handler answers with a `Blob`, or with `size`
 * and a function that reads a part.
 *
 * A client that asks for one range (RFC 9110, section 14) is answered 206 with that part, or 416 with
 * `range_not_satisfiable`; one that asks for several is answered with the whole. `If-Range` is
 * honoured by a strong `etag` or `lastModified`. `Content-Disposition` is `attachment` with the name
 * (RFC 6266); an answer's own header replaces it. Nothing is read for HEAD. Needs an operation without
 * a transaction.
 *
 * ```ts
 * import { download, operation } from 'plinth/api'
 *
 * export const report = operation({
 *   method: 'GET',
 *   path: '/report',
 *   responses: { 200: download('text/plain') },
 *   handler: () => ({ status: 200, body: new File(['all is well'], 'report.txt') }),
 * })
 * ```
 */
export function download(mediaType: string): Download {
  return { kind: 'download', mediaType }
}
