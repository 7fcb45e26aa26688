import { globSync, readFileSync } from 'node:fs'
import { parseSync, Visitor } from 'vite'
import { root } from '../doors.ts'

/** A test, or a group or a row of tests, that says of itself what it holds. */
export interface Tagged {
  /** From the root, with `/`. */
  readonly file: string
  /** As it stands in the file, without tags, after the titles of the groups it is in. */
  readonly title: string
  /** Requirements of ASVS 5.0: `1.2.4`. */
  readonly requirements: readonly string[]
  readonly families: readonly number[]
}

type Node = Parameters<NonNullable<ConstructorParameters<typeof Visitor>[0]['CallExpression']>>[0]

/** What the tests of all folders hold, in the order of files and lines. */
export function findTagged(): Tagged[] {
  return globSync('test/**/*.ts', { cwd: root, exclude: (name) => name.includes('node_modules') })
    .map((path) => path.replaceAll('\\', '/'))
    .sort()
    .flatMap((file) => taggedIn(file, readFileSync(root + file, 'utf8')))
}

/** What the tests of one file hold. A comment holds nothing. */
export function taggedIn(file: string, text: string): Tagged[] {
  if (!mark.test(text)) return []
  const groups: { end: number; title: string }[] = []
  const found: Tagged[] = []
  const look = (start: number, title: string): void => {
    if (!mark.test(title)) return
    const outer = groups.filter((group) => group.end > start && group.title !== title)
    found.push(toTagged(file, [...outer.map((group) => group.title), title]))
  }
  const { errors, program } = parseSync(file, text)
  if (errors[0] !== undefined) throw new Error(`${file}: ${errors[0].message}`)
  new Visitor({
    CallExpression(call) {
      const title = groupTitle(call)
      if (title !== undefined) groups.push({ end: call.end, title })
    },
    Literal({ start, value }) {
      if (typeof value === 'string') look(start, value)
    },
    TemplateLiteral({ start, quasis }) {
      look(start, quasis.map((quasi) => quasi.value.cooked ?? '').join('…'))
    },
  }).visit(program)
  return found
}

const mark = /\[(?:ASVS|family) /
const requirement = /\[ASVS ([^\]]*)\]/g
const family = /\[family (\d+)\]/g

/** The title of a `describe`, plain, `.each`, `.runIf` or `.skipIf`. */
function groupTitle({ callee, arguments: [first] }: Node): string | undefined {
  const name = callee.type === 'CallExpression' ? callee.callee : callee
  const base = name.type === 'MemberExpression' ? name.object : name
  if (base.type !== 'Identifier' || base.name !== 'describe') return undefined
  return first?.type === 'Literal' && typeof first.value === 'string' ? first.value : undefined
}

function toTagged(file: string, titles: readonly string[]): Tagged {
  const own = titles.at(-1) ?? ''
  const title = titles
    .map((each) => each.replace(/\[(?:ASVS|family) [^\]]*\]/g, '').trim())
    .join(' › ')
    .replaceAll(/\s+/g, ' ')
  return {
    file,
    title,
    requirements: [...own.matchAll(requirement)].map(([, id]) => String(id)),
    families: [...own.matchAll(family)].map(([, id]) => Number(id)),
  }
}
