import type { ServerResponse } from 'node:http'
import { malformed, problemOf, type Refusal } from '../refusal.ts'

/** By the code of the parser's error; every other is a malformed request. */
const PARSER_REFUSALS: Readonly<Record<string, Refusal>> = {
  HPE_HEADER_OVERFLOW: {
    status: 431,
    title: 'Request Header Fields Too Large',
    code: 'headers_too_large',
    detail: 'The headers of the request are too large.',
  },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: {
    status: 413,
    title: 'Content Too Large',
    code: 'body_too_large',
    detail: 'The chunk extensions of the request are too large.',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: 408,
    title: 'Request Timeout',
    code: 'request_timeout',
    detail: 'The request took too long to arrive.',
  },
}

/** The refusal for an error of the HTTP parser. */
export function refusalOf(code: string | undefined): Refusal {
  return PARSER_REFUSALS[code ?? ''] ?? malformed('The request is not valid HTTP.')
}

/** Answers a request and ends its connection: what follows on it cannot be trusted to be a request. */
export function refuse(response: ServerResponse, refusal: Refusal): void {
  const body = problemOf(refusal)
  response.writeHead(refusal.status, refusal.title, headersOf(body))
  response.end(body)
}

/** The same answer as text, for a connection whose request was never parsed. */
export function rawRefusal(refusal: Refusal): string {
  const body = problemOf(refusal)
  const headers = Object.entries(headersOf(body)).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${refusal.status} ${refusal.title}\r\n${headers.join('')}\r\n${body}`
}

function headersOf(body: string): Record<string, string> {
  return {
    'content-type': 'application/problem+json',
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  }
}
