import type { Route } from './manifest.ts'
import { append, pairsOf, type Values } from './values.ts'

type Write = (body: unknown, headers: Headers, mediaType: string | undefined) => BodyInit

/** Writes a body as its operation reads it. A form's boundary or a blob's type is told by itself. */
export function writeBody([, , hints]: Route, body: unknown, headers: Headers): BodyInit {
  return writers[hints?.body ?? 'json'](body, headers, hints?.mediaType)
}

const writers: Record<NonNullable<NonNullable<Route[2]>['body']> | 'json', Write> = {
  json: (body, headers) => {
    headers.set('content-type', 'application/json')
    return JSON.stringify(body)
  },
  form: (body) => append(new URLSearchParams(), body),
  multipart: (body) => {
    const { fields, files } = body as { readonly fields?: unknown; readonly files?: Values }
    // The server reads fields before files: it checks what is small before it takes what is large.
    const form = append(new FormData(), fields)
    for (const [name, file] of pairsOf(files)) form.append(name, file as Blob)
    return form
  },
  text: (body, headers, mediaType = 'text/plain') => {
    headers.set('content-type', mediaType)
    return String(body)
  },
  bytes: (body, headers, mediaType = 'application/octet-stream') => {
    if (!(body instanceof Blob && body.type)) headers.set('content-type', mediaType)
    return body as BodyInit
  },
}
