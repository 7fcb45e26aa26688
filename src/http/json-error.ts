/**
 * Finds where a text stops being JSON (RFC 8259): the position of the first token that cannot stand
 * there, or the length of a text that ends too early. Engines tell it in words of their own or not
 * at all. For text that `JSON.parse` has refused; never recursive.
 */
export function findJsonError(text: string): number {
  const closers: string[] = []
  let expected: Expected = 'value'
  let at = 0
  for (;;) {
    if (text.charCodeAt(at) <= BLANK) at = matchEnd(SPACE, text, at)
    if (expected === 'nothing' && at < text.length) return at
    const char = text[at]
    if (char === undefined) return at
    const last = closers.at(-1)
    if (char === last && CLOSABLE.has(expected)) {
      closers.pop()
      at += 1
      expected = closers.length > 0 ? 'comma' : 'nothing'
    } else if (expected === 'comma') {
      if (char !== ',') return at
      at += 1
      expected = last === '}' ? 'key' : 'value'
    } else if (expected === 'colon') {
      if (char !== ':') return at
      at += 1
      expected = 'value'
    } else if (expected === 'key' || expected === 'first key') {
      const end = char === '"' ? matchEnd(STRING, text, at) : at
      if (end === at) return at
      at = end
      expected = 'colon'
    } else if (char === '{' || char === '[') {
      closers.push(char === '{' ? '}' : ']')
      at += 1
      expected = char === '{' ? 'first key' : 'first value'
    } else {
      const end = matchEnd(SCALAR, text, at)
      if (end === at) return at
      at = end
      expected = closers.length > 0 ? 'comma' : 'nothing'
    }
  }
}

type Expected = 'value' | 'first value' | 'key' | 'first key' | 'colon' | 'comma' | 'nothing'

/** Where the bracket that is open may close: not after a comma. */
const CLOSABLE: ReadonlySet<Expected> = new Set(['first value', 'first key', 'comma'])

/** Every character that JSON takes for white space is at most this. */
const BLANK = 32
const SPACE = /[ \t\n\r]*/y
// biome-ignore lint/suspicious/noControlCharactersInRegex: what JSON forbids within strings
const STRING = /"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y
const SCALAR = new RegExp(
  `${STRING.source}|-?(?:0|[1-9]\\d*)(?:\\.\\d+)?(?:[eE][+-]?\\d+)?|true|false|null`,
  'y',
)

function matchEnd(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : at
}
