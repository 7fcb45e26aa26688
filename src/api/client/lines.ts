import { ClientError } from './error.ts'
import type { EventSource } from './events.ts'
import { iterate } from './iterate.ts'
import { parseJson } from './json.ts'
import { readText } from './text.ts'

/** Reads JSON values that stand on a line each, as they arrive. */
export function readLines(response: Response, source: EventSource): AsyncIterable<unknown> {
  return iterate(response, (signal) => parse(response, source.name, signal), source.signal)
}

async function* parse(
  { body }: Response,
  name: string,
  signal: AbortSignal,
): AsyncGenerator<unknown, undefined> {
  try {
    for await (const line of splitLines(readText(body, signal))) {
      if (line.trim()) yield parseJson(name, line)
    }
  } catch (cause) {
    signal.throwIfAborted()
    if (cause instanceof ClientError) throw cause
    throw new ClientError('network', `${name}: the answer broke off`, cause)
  }
}

/** The last line need not be ended. */
async function* splitLines(texts: AsyncIterable<string>): AsyncGenerator<string, undefined> {
  let rest = ''
  for await (const text of texts) {
    const lines = text.split('\n')
    rest += lines.shift()
    for (const line of lines) {
      yield rest
      rest = line
    }
  }
  yield rest
}
