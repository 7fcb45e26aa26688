import { type Database, gather, type Handle } from '../data/index.ts'
import { createIds, createSignals, release, systemClock } from '../kernel/index.ts'
import { createChain } from './chain.ts'
import { type Checkpoint, makeCheckpoint, toCheckpoint } from './checkpoint.ts'
import { cutLog } from './cut.ts'
import type { Audit } from './description.ts'
import { fromChange, type Happening } from './draft.ts'
import { ensureHead, type Head, isOwnHead } from './head.ts'
import { createVerifier } from './keys.ts'
import { createMask } from './mask.ts'
import type { AuditPorts, OpenAudit, VerifyOptions } from './open.ts'
import { auditOperations } from './operations.ts'
import { entryBatches, exportEntries, searchEntries } from './search.ts'
import { fromAuth, fromDenial } from './security-event.ts'
import { checkpoints, HEAD, heads } from './tables.ts'
import { type Verification, verifyLog } from './verify.ts'
import { createWaiting } from './waiting.ts'
import { ITSELF } from './who.ts'

/** What a log is opened from. */
export type LogSettings = Pick<Audit, 'signer' | 'guard' | 'personal' | 'checkpoint' | 'publish'>

/** Milliseconds: what is longer fires at once. */
const LONGEST_TIMER = 2 ** 31 - 1

/** Puts a log to work. */
export function openLog(settings: LogSettings, ports: AuditPorts = {}): OpenAudit {
  const { signals = createSignals(), clock = systemClock } = ports
  const { signer, guard, publish, personal } = settings
  const { every, interval } = settings.checkpoint
  const nextId = createIds({ clock })
  const stamp = () => ({ id: nextId(), at: clock.now() })
  const note = (event: string, details: Readonly<Record<string, unknown>>): Happening => ({
    ...stamp(),
    event,
    details,
    who: ITSELF,
  })
  const chain = createChain({ mask: createMask({ personal }), signer, note, onAdded })
  let opened: Database | undefined
  let signedAt = Number.NEGATIVE_INFINITY
  let signing: Promise<Checkpoint | undefined> | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  const database = (): Database => {
    if (opened) return opened
    throw new Error('The audit log was used before begin().')
  }
  const waiting = createWaiting({ database, chain, signals, note })
  let stop = () => {}

  return {
    onChange(change, tx) {
      gather(tx, chain, fromChange(change, stamp()))
    },
    onEvent(told, tx) {
      const happening = fromAuth(told, stamp())
      if (tx) gather(tx, chain, happening)
      else waiting.add(happening)
    },
    use(given) {
      opened = given
    },
    async begin(given) {
      opened = given
      const found = await ensureHead(given, signer)
      if (found === 'headless') waiting.add(note('audit.broken', { head: null }))
      if (found === 'begun') waiting.add(note('audit.begun', {}))
      await waiting.idle()
      await checkpoint()
      stop = signals.subscribe({
        log(record) {
          if (record.event === 'http.denied') waiting.add(fromDenial(record, stamp()))
        },
      })
    },
    get operations() {
      return guard && auditOperations(database(), guard)
    },
    search: (query = {}) => searchEntries(database(), query),
    export: (filter) => exportEntries(database(), filter),
    verify,
    cut: async (options) => {
      const now = clock.now()
      const cut = await cutLog({ database: database(), signer, chain, note, now, verify }, options)
      if (cut.marker) await tell(cut.marker)
      return cut
    },
    checkpoint,
    publicKeys: () => signer.publicKeys(),
    idle,
    async close() {
      stop()
      clearTimeout(timer)
      await idle()
      if (opened) await checkpoint()
    },
  }

  async function idle(): Promise<void> {
    await waiting.idle()
    await signing
  }

  function onAdded(tx: Handle, before: Head, after: Head): void {
    const full = Math.floor(before.seq / every) !== Math.floor(after.seq / every)
    const left = full ? 0 : signedAt + interval - clock.now()
    tx.afterCommit(async () => {
      if (left > 0) signWithin(left)
      else await checkpoint()
    })
  }

  /** Entries that none follow are signed as well. Set anew each time: on Workers a timer ends with its request. */
  function signWithin(milliseconds: number): void {
    clearTimeout(timer)
    timer = release(setTimeout(signLate, Math.min(milliseconds, LONGEST_TIMER)))
  }

  async function signLate(): Promise<void> {
    try {
      await checkpoint()
    } catch (error) {
      const message = 'A checkpoint of the audit log could not be signed.'
      signals.log({ level: 'error', event: 'audit.checkpoint_failed', message, error })
    }
  }

  /** One at a time: those who ask meanwhile wait for that one. */
  function checkpoint(): Promise<Checkpoint | undefined> {
    signing ??= sign().finally(() => {
      signing = undefined
    })
    return signing
  }

  async function sign(): Promise<Checkpoint | undefined> {
    const now = clock.now()
    signedAt = now
    const made = await makeCheckpoint(database().system, { signer, now })
    if (made) await tell(made)
    return made
  }

  async function tell(made: Checkpoint): Promise<void> {
    try {
      await publish?.(made)
    } catch (error) {
      const message = 'A checkpoint of the audit log could not be published.'
      signals.log({ level: 'error', event: 'audit.publish_failed', message, error })
    }
  }

  async function verify({ published = [], publicKeys }: VerifyOptions = {}): Promise<Verification> {
    const { system } = database()
    const stored: Checkpoint[] = []
    for await (const row of system.stream(checkpoints, { orderBy: { seq: 'asc' } })) {
      stored.push(toCheckpoint(row))
    }
    return verifyLog({
      batches: entryBatches(database()),
      checkpoints: [...stored, ...published],
      verify: publicKeys ? createVerifier(publicKeys) : signer.verify,
      head: async () => {
        const head = await system.get(heads, HEAD)
        if (!head) return undefined
        return { ...head, own: publicKeys ? undefined : await isOwnHead(head, signer) }
      },
    })
  }
}
