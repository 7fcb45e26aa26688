/** An event as it stands in the stream. */
export interface Block {
  /** The last id that the stream has told; empty when it told none. */
  readonly id: string
  /** Its type: `message` when it has none of its own. */
  readonly event: string
  readonly data: string
}

/** What outlasts a connection. */
export interface Memory {
  id: string
  /** Milliseconds until the stream is asked for again. */
  retry: number
  /** Whether the server sent an id or `retry`: then it expects that. */
  resumable: boolean
}

/** Reads events from text, however it is cut into pieces (WHATWG HTML, section 9.2.6). */
export async function* parseEvents(
  texts: AsyncIterable<string>,
  memory: Memory,
): AsyncGenerator<Block, undefined> {
  let { id } = memory
  let event = ''
  let data: string[] = []
  for await (const line of splitLines(texts)) {
    if (line === '') {
      memory.id = id
      if (data.length > 0) yield { id, event: event || 'message', data: data.join('\n') }
      event = ''
      data = []
      continue
    }
    const [field, value] = fieldOf(line)
    if (field === 'data') data.push(value)
    else if (field === 'event') event = value
    else if (field === 'id' && !value.includes('\0')) {
      id = value
      memory.resumable = true
    } else if (field === 'retry' && /^\d+$/.test(value)) {
      memory.retry = Number(value)
      memory.resumable = true
    }
  }
}

/** A comment is a field without a name. */
function fieldOf(line: string): readonly [name: string, value: string] {
  const colon = line.indexOf(':')
  if (colon < 0) return [line, '']
  return [line.slice(0, colon), line.slice(colon + (line[colon + 1] === ' ' ? 2 : 1))]
}

/** Lines end with CR LF, LF or CR; what follows the last end is dropped. */
async function* splitLines(texts: AsyncIterable<string>): AsyncGenerator<string, undefined> {
  let rest = ''
  let afterReturn = false
  for await (const text of texts) {
    if (text === '') continue
    // The other half of a line's end that was given at once, since an event may follow late.
    const lines = (afterReturn && text[0] === '\n' ? text.slice(1) : text).split(/\r\n|\n|\r/)
    afterReturn = text.endsWith('\r')
    rest += lines.shift()
    for (const line of lines) {
      yield rest
      rest = line
    }
  }
}
