import { type Backend, backend } from 'plinth'
import { type AuditOptions, audit } from 'plinth/audit'
import { auth, password } from 'plinth/auth'
import { type DataSource, id, ref, table, timestamp, version } from 'plinth/data'
import { permission } from 'plinth/http'
import { generateKey, personal, secret } from 'plinth/kernel'
import { createFakeClock } from 'plinth/testing'
import * as v from 'valibot'
import { onTestFinished } from 'vitest'

export const orders = table(
  'orders',
  {
    id: id(),
    title: v.pipe(v.string(), v.maxLength(100)),
    total: v.number(),
    note: v.nullable(v.string()),
    version: version(),
  },
  { audit: true, unique: [['title']], policy: { all: true } },
)

/** Follows orders: the database itself deletes its rows. */
export const items = table(
  'items',
  { id: id(), order: ref(orders, { onDelete: 'cascade' }), name: v.string() },
  { audit: true, policy: { all: true } },
)

/** Follows items by losing its reference. */
export const labels = table(
  'labels',
  { id: id(), item: ref(items, { onDelete: 'set null', nullable: true }), text: v.string() },
  { audit: { operations: ['update', 'delete'] }, policy: { all: true } },
)

/** Not marked. */
export const drafts = table('drafts', { id: id(), text: v.string() }, { policy: { all: true } })

export const patients = table(
  'patients',
  {
    id: id(),
    name: personal(v.string()),
    pin: secret(v.string()),
    apiToken: v.nullable(v.string()),
    born: timestamp({ nullable: true }),
    extra: v.nullable(v.record(v.string(), v.union([v.string(), v.number()]))),
  },
  { audit: true, policy: { all: true } },
)

export const tables = [orders, items, labels, drafts, patients]

export const keys = { current: '2026', keys: { 2026: generateKey() } }

/** A back end with an audit log, closed when the test has finished. */
export async function auditedApp(
  data: DataSource,
  options: Partial<AuditOptions> = {},
): Promise<Backend & { clock: ReturnType<typeof createFakeClock> }> {
  const clock = createFakeClock()
  const app = await backend({
    data,
    clock,
    auth: auth({ factors: [password()], permissions: { auditor: ['audit:read'] } }),
    audit: audit({ keys, guard: permission('audit:read'), ...options }),
    monitor: { logs: false },
  })
  onTestFinished(() => app.close())
  return { ...app, clock }
}

/** The log of an app. */
export function logOf({ audit: log }: Backend): NonNullable<Backend['audit']> {
  if (!log) throw new Error('The app has no audit log.')
  return log
}

/** What the log holds beside its own events, in order. */
export async function told(app: Backend): Promise<readonly string[]> {
  await logOf(app).idle()
  const lines: string[] = []
  for await (const { event, table: name, actor, kind } of logOf(app).export()) {
    if (event.startsWith('audit.')) continue
    lines.push(
      [event, name, actor === null ? kind : actor].filter((part) => part !== null).join(' '),
    )
  }
  return lines
}
