import type { Checkpoint } from './checkpoint.ts'
import { statementOf } from './checkpoint.ts'
import { hashOf, type StoredEntry } from './entry.ts'
import type { Head } from './head.ts'
import type { Signer } from './keys.ts'
import { NOTHING } from './tables.ts'

/** Something that is not as it was written. */
export interface Finding {
  /** The entry; where several are missing, the first of them. */
  readonly seq: number
  /**
   * What of it: `content` is every column that the others do not name. `missing` and `added` are whole
   * entries, `head` is the end of the chain, `checkpoint` a signature.
   */
  readonly place:
    | 'seq'
    | 'previous'
    | 'hash'
    | 'content'
    | 'missing'
    | 'added'
    | 'head'
    | 'checkpoint'
  readonly message: string
}

/** What verifying a log has found. */
export interface Verification {
  /** Whether nothing was found. */
  readonly ok: boolean
  /** How many entries were read. */
  readonly entries: number
  /** The first entry and the last; 0 where there is none. */
  readonly from: number
  readonly to: number
  /** The last entry that a signed checkpoint covers. */
  readonly signedTo: number
  /** At most 1,000 of them. */
  readonly findings: readonly Finding[]
}

/** A log to be verified. */
export interface VerifiedLog {
  /** In the order of `seq`, a batch at a time. */
  readonly batches: AsyncIterable<readonly StoredEntry[]>
  readonly checkpoints: readonly Checkpoint[]
  readonly verify: Signer['verify']
  /** The end of the chain, read after the entries; undefined where it is not known. */
  readonly head?: (() => Promise<CheckedHead | undefined>) | undefined
}

/** The head, and whether the application wrote it; undefined where its key is not known. */
export interface CheckedHead extends Head {
  readonly own: boolean | undefined
}

const MOST_FINDINGS = 1000

/**
 * Reads a log once, in bounded memory, and compares every entry with its own hash, with the entry before, and
 * with the signed checkpoints.
 */
export async function verifyLog(log: VerifiedLog): Promise<Verification> {
  const findings: Finding[] = []
  const find = (seq: number, place: Finding['place'], message: string) => {
    if (findings.length < MOST_FINDINGS) findings.push({ seq, place, message })
  }
  const good = await goodCheckpoints(log, find)
  const cut = good.filter(({ kind }) => kind === 'cut').reduce(latest, undefined)
  const reader = createReader({ start: cut ?? { seq: 0, hash: NOTHING }, good, find })
  for await (const batch of log.batches) {
    for (const entry of batch) {
      const hash = hashOf(entry)
      await (typeof hash === 'string' ? reader.take(entry, hash) : reader.take(entry, await hash))
    }
  }
  const head = await log.head?.()
  reader.end(head)
  const { count, from, to } = reader.state()
  if (log.head && !head) find(to, 'head', 'the head of the chain is missing')
  if (head?.own === false) find(head.seq, 'head', 'the head was not written by this application')
  const signed = good.filter(({ seq }) => seq <= to).reduce(latest, undefined)
  if (count > 0 && !signed) find(from, 'checkpoint', 'no signed checkpoint covers any entry')
  findings.sort((a, b) => a.seq - b.seq)
  return {
    ok: findings.length === 0,
    entries: count,
    from,
    to,
    signedTo: signed?.seq ?? 0,
    findings,
  }
}

type Find = (seq: number, place: Finding['place'], message: string) => void

async function goodCheckpoints(
  { checkpoints, verify }: VerifiedLog,
  find: Find,
): Promise<Checkpoint[]> {
  const good: Checkpoint[] = []
  for (const checkpoint of checkpoints) {
    const { seq, key, signature, kind } = checkpoint
    const right = await verify(statementOf(checkpoint), signature, key)
    if (right) good.push(checkpoint)
    else if (right === false) find(seq, 'checkpoint', `the signature of this ${kind} is wrong`)
    else find(seq, 'checkpoint', `this ${kind} is signed with the key "${key}", which is not known`)
  }
  return good
}

function latest(found: Checkpoint | undefined, next: Checkpoint): Checkpoint {
  return found && found.seq >= next.seq ? found : next
}

interface Reader {
  /** Takes the next entry and the hash that it ought to have. */
  take(entry: StoredEntry, computed: string): void | Promise<void>
  end(head: Head | undefined): void
  state(): { count: number; from: number; to: number }
}

function createReader({
  start,
  good,
  find,
}: {
  start: Head
  good: readonly Checkpoint[]
  find: Find
}): Reader {
  const signed = Map.groupBy(
    good.filter(({ seq }) => seq > start.seq),
    ({ seq }) => seq,
  )
  let count = 0
  let from = 0
  let last = start.seq
  /** What the next entry may name as the one before it: stored and computed differ where one is wrong. */
  let stored = start.hash
  let computed = start.hash
  /** Whether what came before is known: not behind a gap, which is told by itself. */
  let known = true

  return { take, end, state: () => ({ count, from, to: last }) }

  function take(entry: StoredEntry, hash: string): void | Promise<void> {
    count += 1
    if (count === 1) from = entry.seq
    const follows = entry.previous === stored && entry.seq === last + 1
    if (follows && hash === entry.hash && stored === computed) return advance(entry, hash)
    return examine(entry, hash)
  }

  /** Something is wrong about this entry or the one before it: finds out what. */
  async function examine(entry: StoredEntry, hash: string): Promise<void> {
    const expected = last + 1
    settleLast(entry.previous)
    if (entry.seq !== expected) {
      const moved = { ...entry, seq: expected }
      if (hash !== entry.hash && (await hashOf(moved)) === entry.hash) {
        find(expected, 'seq', `its number was changed to ${entry.seq}`)
        advance(moved, entry.hash)
        return
      }
      if (entry.seq < expected) {
        find(entry.seq, 'added', 'an entry stands where none was written')
        return
      }
      const until = entry.seq - 1
      find(expected, 'missing', `entries ${expected} to ${until} are missing`)
      known = false
    }
    if (hash === entry.hash) return accept(entry, hash)
    for (const before of known ? [stored, computed] : []) {
      if ((await hashOf({ ...entry, previous: before })) !== entry.hash) continue
      find(entry.seq, 'previous', 'what it says of the entry before it was changed')
      return advance(entry, entry.hash)
    }
    pass(entry, hash)
  }

  /** The hash of the entry is right; that it follows another one than stands before it tells of that. */
  function accept(entry: StoredEntry, hash: string): void {
    if (known && entry.previous !== stored && entry.previous !== computed) {
      if (last === start.seq) find(entry.seq, 'previous', 'it does not follow the beginning')
      else find(last, 'content', `it was rewritten: entry ${entry.seq} follows another one`)
    }
    advance(entry, hash)
  }

  /** The entry does not have its hash: the entry after it will tell which of the two is wrong. */
  function pass(entry: StoredEntry, hash: string): void {
    compare(entry.seq, entry.hash)
    last = entry.seq
    stored = entry.hash
    computed = hash
    known = true
  }

  function settleLast(next: string | undefined): void {
    if (stored === computed) return
    if (next === computed) find(last, 'hash', 'its hash was changed')
    else find(last, 'content', 'it does not have its hash')
    if (next === computed) stored = computed
    else computed = stored
  }

  function advance({ seq }: Pick<StoredEntry, 'seq'>, hash: string): void {
    compare(seq, hash)
    last = seq
    stored = hash
    computed = hash
    known = true
  }

  function compare(seq: number, hash: string): void {
    for (const checkpoint of signed.get(seq) ?? []) {
      if (checkpoint.hash !== hash) find(seq, 'checkpoint', 'another entry was signed in its place')
    }
    signed.delete(seq)
  }

  function end(head: Head | undefined): void {
    settleLast(head?.hash)
    if (head && head.seq > last) {
      find(last + 1, 'missing', `entries ${last + 1} to ${head.seq} are missing at the end`)
    } else if (head && head.seq < last) {
      find(head.seq + 1, 'added', `entries ${head.seq + 1} to ${last} stand behind the end`)
    } else if (head && head.hash !== stored) {
      find(last, 'head', 'the head names another entry than the last one')
    }
    const lost = [...signed.keys()].filter((seq) => seq > last).sort((a, b) => a - b)
    const furthest = lost.at(-1)
    if (furthest !== undefined && !(head && head.seq >= furthest)) {
      find(last + 1, 'missing', `the log was signed up to entry ${furthest}, and ends at ${last}`)
    }
  }
}
