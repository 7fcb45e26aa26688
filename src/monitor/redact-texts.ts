import { type NameCheck, PERSONAL, REDACTED } from './redact-names.ts'

/** Takes out of a text what may not be shown; `values` are known to stand for secrets, as they are. */
export type TextCheck = (text: string, values?: readonly string[]) => string

export interface TextOptions {
  readonly check: NameCheck
  readonly texts?: readonly RegExp[]
  readonly personal?: boolean
}

/** Characters of a text that are read and shown. */
const LONGEST = 16_384

/** Without any of these there is nothing to be found, and most texts have none. */
const SUSPICIOUS = /[=:@]|[\w-]{16}|-----BEGIN|eyJ|\b(?:bearer|basic)\s/i

/** What is quoted, to its end or to the end of the text, as JSON and as JSON within JSON; or one word. */
const QUOTED = String.raw`"(?:[^"\\]|\\[^])*"?|'(?:[^'\\]|\\[^])*'?|\\{1,7}["'][^"']*["']?`

// `token=`, `"password": `, `api_key: `: whether the name is that of a secret is asked for each.
const NAME = /(?<![\w.-])([A-Za-z_][\w.-]{0,63})(?:\\{0,7}["'])?[ \t]{0,3}(?:=>|[:=])[ \t]{0,3}/g
const VALUE = new RegExp(String.raw`${QUOTED}|[^\s"'&<>]+`, 'y')
// Headers whose value goes on after spaces and semicolons.
const HEADER = new RegExp(
  String.raw`(?<![\w-])((?:set-)?cookie|(?:proxy-)?authorization)((?:\\{0,7}["'])?[ \t]{0,3}[:=][ \t]{0,3})(${QUOTED}|[^\r\n]+)`,
  'gi',
)

/** Credentials that give themselves away. */
const SHAPES: readonly (readonly [RegExp, string])[] = [
  [
    /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----(?:(?!-----)[\s\S])*(?:-----END [A-Z ]{0,30}-----)?/g,
    REDACTED,
  ],
  [
    /(\b[a-z][a-z0-9+.-]{0,30}:\/\/)[^\s/?#"'<>@]{1,300}(?:@[^\s/?#"'<>@]{1,300})?@/gi,
    `$1${REDACTED}@`,
  ],
  [/\b(bearer|basic)\s{1,3}[\w.~+/=-]{8,}/gi, `$1 ${REDACTED}`],
  [/\beyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*){0,3}/g, REDACTED],
  [/\bplinth_[a-z]{1,20}_[\w-]{16,}/g, REDACTED],
  [
    /\b(?:[sr]k[-_](?:live|test|proj|ant)|whsec|gh[pousr]|github_pat|glpat|npm|xox[a-z])[-_][\w-]{10,}/g,
    REDACTED,
  ],
  [/\b(?:A[KS]IA[A-Z0-9]{12,}|AIza[\w-]{30,}|SG\.[\w-]{16,}\.[\w-]{16,})/g, REDACTED],
  // What callbacks and signed addresses carry; elsewhere these names are everyday ones.
  [
    /((?<![\w-])(?:[\w-]{0,40}[_-])?(?:code|state|sig|signature|key)=)[^&\s"'<>]+/gi,
    `$1${REDACTED}`,
  ],
]

const EMAIL = /(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[a-z]{2,24}\b/gi

/** A run that no word, path or identifier is: looked at closer by `isRandom`. */
const RUN = /(?<![\w-])[\w-]{32,}/g
const UUID_OR_TRACE = /^(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32})$/i

/**
 * Creates the check of texts. It takes time in proportion to the text, of which it reads the first
 * 16,384 characters; the rest is not shown.
 */
export function createTextCheck({ check, texts = [], personal = true }: TextOptions): TextCheck {
  const own = texts.map(({ source, flags }) => new RegExp(source, withGlobal(flags)))
  return (text, values = []) => {
    if (UUID_OR_TRACE.test(text)) return text
    const short = text.length > LONGEST ? cut(text) : text
    const clean = values.length > 0 ? without(short, values) : short
    const checked = SUSPICIOUS.test(clean) ? byShape(byName(clean)) : clean
    return own.reduce((result, pattern) => result.replace(pattern, REDACTED), checked)
  }

  function byName(text: string): string {
    const headless = text.replace(HEADER, `$1$2${REDACTED}`)
    let result = ''
    let done = 0
    NAME.lastIndex = 0
    for (let found = NAME.exec(headless); found; found = NAME.exec(headless)) {
      const instead = check(found[1] as string)
      if (instead === undefined) continue
      VALUE.lastIndex = NAME.lastIndex
      if (!VALUE.test(headless)) continue
      result += headless.slice(done, NAME.lastIndex) + instead
      done = VALUE.lastIndex
      NAME.lastIndex = done
    }
    return result + headless.slice(done)
  }

  function byShape(text: string): string {
    let result = text
    for (const [pattern, instead] of SHAPES) result = result.replace(pattern, instead)
    result = result.replace(RUN, (run) => (isRandom(run) ? REDACTED : run))
    return personal ? result.replace(EMAIL, PERSONAL) : result
  }
}

function withGlobal(flags: string): string {
  const kept = flags.replace('y', '')
  return kept.includes('g') ? kept : `${kept}g`
}

function cut(text: string): string {
  return `${text.slice(0, LONGEST)}… [${text.length - LONGEST} more characters]`
}

function without(text: string, values: readonly string[]): string {
  let result = text
  for (const value of values) result = result.replaceAll(value, REDACTED)
  return result
}

/** Letters and digits in no order, as no word has them: 12 in a row that change at least three times. */
function isRandom(run: string): boolean {
  if (UUID_OR_TRACE.test(run)) return false
  return run.split(/[-_]/).some((part) => part.length >= 12 && changes(part) >= 3)
}

function changes(part: string): number {
  let count = 0
  for (let at = 1; at < part.length; at++) {
    if (isDigit(part, at) !== isDigit(part, at - 1)) count += 1
  }
  return count
}

function isDigit(text: string, at: number): boolean {
  const unit = text.charCodeAt(at)
  return unit >= 48 && unit <= 57
}
