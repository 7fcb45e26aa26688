import type { Attributes } from '../../kernel/index.ts'
import type { Redactor } from '../redact.ts'
import type { Pairs } from './wire.ts'

/** Writes what the page may have: without secrets, of bounded length, with nothing hidden in it. */
export interface Show {
  /** At most `length` characters, default 500, on as many lines as there are. */
  text(text: unknown, length?: number): string
  /** The same on one line. */
  line(text: unknown, length?: number): string
  /** A statement: one without literals is shown as it is, since what is compared is not in it. */
  sql(text: unknown, length?: number): string
  /** Attributes in their order. */
  pairs(attributes?: Attributes): Pairs
}

/** What is looked through for secrets at most, so that a text of megabytes costs no more than a page. */
const LOOKED_AT = 16_384

/**
 * Characters that are not seen, or that change how others are seen: controls but for the newline and the
 * tab, marks of direction (UAX 9), joiners and the like.
 */
const UNSEEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g

export function createShow({ text: redactText, attributes: redactAttributes }: Redactor): Show {
  const text = (given: unknown, length = 500) => {
    const whole = typeof given === 'string' ? given : textOf(given)
    return visible(redactText(whole.slice(0, LOOKED_AT)), length, whole.length > LOOKED_AT)
  }
  const line = (given: unknown, length?: number) => text(given, length).replace(/[\n\t]/g, ' ')
  return {
    text,
    line,
    sql: (given, length = 500) =>
      typeof given === 'string' && given.length <= LOOKED_AT && isWithoutLiterals(given)
        ? visible(given, length)
        : text(given, length),
    pairs: (attributes = {}) =>
      Object.entries(redactAttributes(attributes))
        .filter(([, value]) => value !== undefined)
        .map(([name, value]) => [line(name, 100), visible(String(value), 2_000)]),
  }
}

/** What is left of a statement without literals when the quoted names are taken out. */
const BARE = /^(?:[A-Z\s(),.;*=<>!+|/-]|\?|\$\d{1,5})*$/

/** Where names stand in backticks (MySQL), what is in double quotes is a text. */
function isWithoutLiterals(sql: string): boolean {
  const quoted = sql.includes('`') ? /`[^`]*`/g : /"[^"]*"/g
  return BARE.test(sql.replace(quoted, ''))
}

function visible(text: string, length: number, more = false): string {
  const cut = more || text.length > length ? `${text.slice(0, length)}…` : text
  return cut.toWellFormed().replace(UNSEEN, escaped)
}

function escaped(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`
}

function textOf(value: unknown): string {
  return typeof value === 'object' ? '[object]' : String(value)
}
