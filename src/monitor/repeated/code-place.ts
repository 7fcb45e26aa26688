/** A line of code. */
export interface CodePlace {
  readonly file: string
  readonly line: number
  readonly name: string | undefined
}

/** Between a handler's query and its report lie about twenty frames. */
const DEPTH = 60
/** As V8 and JavaScriptCore write a frame: a name, perhaps, and file, line and column. */
const FRAMES = [
  /^\s*at (?:(?:async |new )*([^(]*?) \()?(?:async )?(?:file:\/\/)?([^()]+):(\d+):\d+\)?$/,
  /^([^@]*)@(?:file:\/\/)?(.+):(\d+):\d+$/,
]

/** The innermost line of the stack that is neither this package's nor another's; undefined where there is none. */
export function placeOfCaller(): CodePlace | undefined {
  const limits = Error as { stackTraceLimit?: number }
  const before = limits.stackTraceLimit
  limits.stackTraceLimit = DEPTH
  const { stack = '' } = new Error()
  if (before !== undefined) limits.stackTraceLimit = before
  const frames = stack.split('\n').flatMap((line) => parseFrame(line) ?? [])
  const root = /^(.*[\\/](?:src|dist)[\\/])/.exec(frames[0]?.file ?? '')?.[1]
  return frames.find(({ file }) => isOwn(file, root))
}

function isOwn(file: string, root: string | undefined): boolean {
  if (/^(?:node|bun|ext|deno|native|internal)\b/.test(file)) return false
  return !/[\\/]node_modules[\\/]/.test(file) && (root === undefined || !file.startsWith(root))
}

function parseFrame(line: string): CodePlace | undefined {
  for (const pattern of FRAMES) {
    const [, name, file, at] = pattern.exec(line) ?? []
    if (file !== undefined) return { file, line: Number(at), name: name || undefined }
  }
  return undefined
}
