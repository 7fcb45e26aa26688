import fc from 'fast-check'
import type { TableName } from './world.ts'

// Two databases that look alike to Ann: what she sees is made once, what she does not see is made for
// each of them. Rows called anchors are hidden in both, since something that she sees refers to them.

export type Row = Readonly<Record<string, unknown>>
export type Rows = Readonly<Record<TableName, readonly Row[]>>

export interface Worlds {
  /** Whether Ann is a lead, who sees scores and salaries. */
  readonly lead: boolean
  readonly one: Rows
  readonly two: Rows
}

type Kind = 'p' | 'b' | 'm' | 't' | 'g' | 'l' | 'k'

/** Ids tell of what they are: the kind of row, and whether it is seen (1), an anchor (2), hidden (3), or new. */
export function idOf(kind: Kind, group: number, n: number): string {
  const at = 'pbmtglk'.indexOf(kind)
  return `0000000${at}-0000-7000-800${group}-${String(n).padStart(12, '0')}`
}

export const ann: string = idOf('p', 1, 0)
const anchor = {
  person: idOf('p', 2, 0),
  board: idOf('b', 2, 0),
  task: idOf('t', 2, 0),
  tag: idOf('g', 2, 0),
}

const texts = fc.constantFrom('', 'a', 'b', 'ab', 'B', '%', 'ä', '\u{1f600}')
const ranks = fc.option(fc.integer({ min: -1, max: 3 }), { freq: 3 })
const weights = fc.option(fc.constantFrom(0, 0.5, -1, 2), { freq: 3 })
const scores = fc.option(fc.constantFrom(0n, 1n, -5n, 2n ** 53n + 1n), { freq: 3 })
const documents = fc.option(
  fc.constantFrom({}, { a: 1 }, { a: 'x', b: [1, { c: true }] }, { a: null }, { a: { a: 'ab' } }),
  { freq: 3 },
)
const people = [0, 1, 2].map((n) => idOf('p', 1, n))
const strangers = [anchor.person, null, people[1] as string]

const person = fc.record({
  name: texts,
  sealed: fc.boolean(),
  email: fc.option(texts),
  salary: ranks,
  boss: fc.constantFrom(null, ann, ...strangers),
})
const hiddenOfPerson = fc.record({
  email: fc.option(texts),
  salary: ranks,
  boss: fc.constantFrom(...strangers),
})

const board = fc.record({
  title: texts,
  slug: fc.option(texts),
  state: fc.constantFrom(null, 'open', 'locked'),
  memo: fc.option(texts),
})

const task = fc.record({
  board: fc.nat(1),
  parent: fc.option(fc.nat(5)),
  assignee: fc.constantFrom(null, ann, ...strangers),
  title: texts,
  rank: ranks,
  weight: weights,
  score: scores,
  hush: fc.boolean(),
  sealed: fc.boolean(),
  data: documents,
})
const hiddenOfTask = fc.record({
  assignee: fc.constantFrom(...strangers),
  weight: weights,
  data: documents,
  score: scores,
})

const link = fc.record({ task: fc.nat(6), tag: fc.nat(2) })
const block = fc.record({ blocker: fc.nat(6), blocked: fc.option(fc.nat(6)), sealed: fc.boolean() })

/** What both worlds have in common, with two versions of each veiled part. */
const shown = fc.record({
  lead: fc.boolean(),
  people: fc.tuple(person, person, person),
  /** Whether the second board is Ann's, or one that she is a member of. */
  owns: fc.boolean(),
  level: fc.constantFrom(1, 2),
  boards: fc.tuple(board, board),
  members: fc.array(
    fc.record({ board: fc.nat(1), person: fc.nat(3), level: fc.constantFrom(1, 2) }),
    { maxLength: 2 },
  ),
  tasks: fc.array(task, { minLength: 1, maxLength: 5 }),
  tags: fc.tuple(texts, texts),
  links: fc.array(link, { maxLength: 4 }),
  blocks: fc.array(block, { maxLength: 3 }),
})
type Shown = typeof shown extends fc.Arbitrary<infer T> ? T : never

/** What Ann does not see, in one of the worlds. */
const veiled = fc.record({
  people: fc.tuple(hiddenOfPerson, hiddenOfPerson, hiddenOfPerson),
  memos: fc.tuple(fc.option(texts), fc.option(texts)),
  tasks: fc.array(hiddenOfTask, { minLength: 5, maxLength: 5 }),
  blocked: fc.array(fc.option(fc.nat(5)), { minLength: 3, maxLength: 3 }),
  anchors: fc.record({ person, board, task }),
  tag: texts,
  hiddenPeople: fc.array(person, { maxLength: 2 }),
  hiddenBoards: fc.array(fc.tuple(board, fc.boolean()), { maxLength: 2 }),
  hiddenMembers: fc.array(fc.record({ board: fc.nat(3), person: fc.nat(3) }), { maxLength: 3 }),
  hiddenTasks: fc.array(fc.tuple(task, fc.nat(4)), { maxLength: 4 }),
  hiddenTags: fc.array(texts, { maxLength: 2 }),
  hiddenLinks: fc.array(fc.record({ task: fc.nat(9), tag: fc.nat(4) }), { maxLength: 3 }),
})
type Veiled = typeof veiled extends fc.Arbitrary<infer T> ? T : never

export const worlds: fc.Arbitrary<Worlds> = fc
  .tuple(shown, veiled, veiled)
  .map(([common, one, two]) => ({
    lead: common.lead,
    one: rowsOf(common, one),
    two: rowsOf(common, two),
  }))

const org = 'one'

function rowsOf(common: Shown, hidden: Veiled): Rows {
  const boards = boardsOf(common, hidden)
  const people = peopleOf(common, hidden)
  const tasks = tasksOf(common, hidden, boards)
  const tags = tagsOf(common, hidden)
  return {
    people,
    boards,
    members: membersOf(common, hidden, { boards, people }),
    tasks,
    tags,
    taskTags: linksOf(common, hidden, { tasks, tags }),
    blocks: blocksOf(common, hidden),
  }
}

function peopleOf(common: Shown, hidden: Veiled): Row[] {
  const { lead } = common
  const behind = { ...hidden.anchors.person, id: anchor.person, org, open: false }
  const seen = common.people.map((row, n) => {
    const veil = hidden.people[n] as (typeof hidden.people)[0]
    return {
      ...row,
      id: people[n],
      org,
      open: true,
      email: n === 0 ? row.email : veil.email,
      salary: lead ? row.salary : veil.salary,
      // Whom Ann may change does not differ.
      boss: row.sealed && row.boss !== ann ? veil.boss : row.boss,
    }
  })
  const others = hidden.hiddenPeople.map((row, n) => ({
    ...row,
    id: idOf('p', 3, n),
    org: n === 0 ? org : 'two',
    open: n > 0,
  }))
  const all = [behind, ...seen, ...others]
  const isBefore = (id: unknown, at: number) => all.slice(0, at).some((row) => row.id === id)
  return all.map((row, at) => ({ ...row, boss: isBefore(row.boss, at) ? row.boss : null }))
}

function boardsOf(common: Shown, hidden: Veiled): Row[] {
  const seen = common.boards.map((row, n) => {
    const own = n === 0 || common.owns
    return {
      ...row,
      id: idOf('b', 1, n),
      org,
      owner: own ? ann : people[1],
      slug: slugOf(row.slug, n),
      memo: own ? row.memo : hidden.memos[n],
    }
  })
  const behind = { ...hidden.anchors.board, id: anchor.board, org, owner: anchor.person }
  const others = hidden.hiddenBoards.map(([row, foreign], n) => ({
    ...row,
    id: idOf('b', 3, n),
    org: foreign ? 'two' : org,
    owner: foreign ? ann : anchor.person,
    slug: slugOf(row.slug, n + 3),
  }))
  return [...seen, { ...behind, slug: null }, ...others]
}

/** No two boards have the same one. */
function slugOf(slug: string | null, n: number): string | null {
  return slug === null || n === 0 ? slug : `${slug}${n}`
}

function membersOf(
  common: Shown,
  hidden: Veiled,
  { boards, people: all }: { boards: readonly Row[]; people: readonly Row[] },
): Row[] {
  const persons = [...people, anchor.person]
  const own = { id: idOf('m', 1, 0), org, board: idOf('b', 1, 1), person: ann, level: common.level }
  const seen = common.members.map(({ board: n, person: who, level }, at) => ({
    id: idOf('m', 1, at + 1),
    org,
    // Members of a board that is not Ann's are hidden from her.
    board: idOf('b', 1, common.owns ? n : 0),
    person: persons[who],
    level,
  }))
  const elsewhere = boards.filter((row) => row['owner'] !== ann || row['org'] !== org)
  const others = hidden.hiddenMembers.map(({ board: n, person: who }, at) => ({
    id: idOf('m', 3, at),
    board: elsewhere[n % elsewhere.length]?.['id'],
    org: elsewhere[n % elsewhere.length]?.['org'],
    person: all.filter((row) => row['id'] !== ann)[who % (all.length - 1)]?.['id'],
    level: 1,
  }))
  return [own, ...seen, ...others]
}

function tasksOf(common: Shown, hidden: Veiled, boards: readonly Row[]): Row[] {
  const { lead } = common
  const behind = { ...hidden.anchors.task, id: anchor.task, org, board: anchor.board, parent: null }
  const seen = common.tasks.map((row, n) => {
    const veil = hidden.tasks[n] as (typeof hidden.tasks)[0]
    const before = [anchor.task, ...common.tasks.slice(0, n).map((_, at) => idOf('t', 1, at))]
    const mine = row.hush ? ann : row.assignee
    return {
      ...row,
      id: idOf('t', 1, n),
      org,
      board: idOf('b', 1, row.board),
      parent: row.parent === null ? null : before[row.parent % before.length],
      // A hushed task is seen by whom it is for. Whose it is decides what Ann may change.
      assignee: row.sealed && mine !== ann ? veil.assignee : mine,
      weight: row.sealed ? veil.weight : row.weight,
      data: row.sealed ? veil.data : row.data,
      score: lead ? row.score : veil.score,
    }
  })
  const before = [...seen.map((row) => row.id), anchor.task]
  const others = hidden.hiddenTasks.map(([row, place], n) => {
    const home = boards[place % boards.length] as Row
    return {
      ...row,
      id: idOf('t', 3, n),
      org: home['org'],
      board: home['id'],
      parent: row.parent === null ? null : before[row.parent % before.length],
      hush: true,
      assignee: row.assignee === ann ? null : row.assignee,
    }
  })
  return [behind, ...seen, ...others]
}

function tagsOf(common: Shown, hidden: Veiled): Row[] {
  const seen = common.tags.map((label, n) => ({ id: idOf('g', 1, n), org, label, secret: false }))
  const behind = { id: anchor.tag, org, label: hidden.tag, secret: true }
  const others = hidden.hiddenTags.map((label, n) => ({
    id: idOf('g', 3, n),
    label,
    org: n === 0 ? org : 'two',
    secret: n === 0,
  }))
  return [...seen, behind, ...others]
}

function linksOf(
  common: Shown,
  hidden: Veiled,
  { tasks, tags }: { tasks: readonly Row[]; tags: readonly Row[] },
): Row[] {
  const known = [anchor.task, ...common.tasks.map((_, n) => idOf('t', 1, n))]
  const labels = [idOf('g', 1, 0), idOf('g', 1, 1), anchor.tag]
  const seen = common.links.map((row, n) => ({
    id: idOf('l', 1, n),
    org,
    task: known[row.task % known.length],
    tag: labels[row.tag],
    shown: true,
  }))
  const others = hidden.hiddenLinks.map((row, n) => ({
    id: idOf('l', 3, n),
    org,
    task: tasks[row.task % tasks.length]?.['id'],
    tag: tags[row.tag % tags.length]?.['id'],
    shown: false,
  }))
  return [...seen, ...others]
}

function blocksOf(common: Shown, hidden: Veiled): Row[] {
  const known = [anchor.task, ...common.tasks.map((_, n) => idOf('t', 1, n))]
  return common.blocks.map((row, n) => {
    const blocked = row.sealed ? (hidden.blocked[n] ?? null) : row.blocked
    return {
      id: idOf('k', 1, n),
      org,
      blocker: known[row.blocker % known.length],
      blocked: blocked === null ? null : known[blocked % known.length],
      sealed: row.sealed,
    }
  })
}
