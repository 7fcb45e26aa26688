/** Longer ones are nobody's place in an application. */
const LENGTH = 2048
/** A path of our own: `//b.example`, `/\b.example` and what has white space within lead elsewhere. */
const LOCAL = /^\/(?![/\\])[!#-;=?-[\]_a-z~]*$/

/** Tests whether text is a path of the application itself, which it is safe to lead people to. */
export function isLocalPath(text: unknown): text is string {
  return typeof text === 'string' && text.length <= LENGTH && LOCAL.test(text)
}

/** The place that somebody wants to go on to, if it is one of ours. */
export function readReturnTo(text: string | undefined): string | undefined {
  return isLocalPath(text) ? text : undefined
}
