import type { DescribedError } from '../../redact.ts'

/** What is kept of an error: text of bounded length without secrets, and nothing that it holds on to. */
export interface Failure {
  /** Its code, or its name. */
  readonly type: string
  readonly message: string
  /** Where it was thrown, such as `src/orders.ts:41:9`: the same for errors of one origin. */
  readonly place: string
  readonly stack: string
  /** The failure that it was thrown for, such as the database's own. */
  readonly cause: Failure | undefined
}

const MESSAGE_LENGTH = 2_000
const STACK_LENGTH = 8_000
const CAUSES = 3

/** Takes down an error that was described. */
export function toFailure(described: unknown, depth = 0): Failure {
  if (!isDescribed(described)) return toPlainFailure(described)
  const { type, code, message, stack, cause } = described
  const text = (stack ?? '').slice(0, STACK_LENGTH)
  return {
    type: (code ?? type).slice(0, 100),
    message: message.slice(0, MESSAGE_LENGTH),
    place: placeOf(text),
    stack: text,
    cause: cause === undefined || depth >= CAUSES ? undefined : toFailure(cause, depth + 1),
  }
}

/** Characters of the texts of a failure and its causes. */
export function lengthOfFailure({ message, stack, cause }: Failure): number {
  return message.length + stack.length + (cause ? lengthOfFailure(cause) : 0)
}

function isDescribed(value: unknown): value is DescribedError {
  const { type, message } = (value ?? {}) as Partial<DescribedError>
  return typeof type === 'string' && typeof message === 'string'
}

/** What was thrown was no error. */
function toPlainFailure(value: unknown): Failure {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
  const message = text.slice(0, MESSAGE_LENGTH)
  return { type: typeof value, message, place: '', stack: '', cause: undefined }
}

/** The first line of the stack that is not the runtime's nor a package's; the first, if all are. */
function placeOf(stack: string): string {
  const places = stack.split('\n').flatMap(placeOfLine)
  const own = places.find((place) => !place.startsWith('node:') && !place.includes('node_modules'))
  return shortened(own ?? places[0] ?? '')
}

/** From `    at run (file:///srv/orders.ts:41:9)`, or the same without a name and brackets. */
function placeOfLine(line: string): string[] {
  const text = line.trim()
  if (!text.startsWith('at ') || !/\d\)?$/.test(text)) return []
  const open = text.lastIndexOf('(')
  return [open < 0 ? text.slice(3) : text.slice(open + 1, -1)]
}

/** A file with its folder: what stands before differs from machine to machine. */
function shortened(place: string): string {
  return place.split(/[\\/]/).slice(-2).join('/')
}
