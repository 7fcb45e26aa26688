import type { AuditEntry, OpenAudit } from './audit/index.ts'
import type { AuditEntryShown, AuditSearch } from './monitor/index.ts'

/** Lets whoever shows the audit log search it. */
export function auditSearchOf(log: OpenAudit): AuditSearch {
  return async ({ text, limit }) => {
    const { items } = await log.search({ limit, ...(text !== '' && { text }) })
    return items.map(toShown)
  }
}

function toShown(entry: AuditEntry): AuditEntryShown {
  const { id, at, event, actor, kind, impersonator, table, row, address } = entry
  const who = actor ?? kind
  return {
    id,
    time: Date.parse(at) || 0,
    action: event,
    actor: impersonator === null ? who : `${who}, by ${impersonator}`,
    target: [table, row].filter((part) => part !== null).join(' '),
    details: [
      ...changesOf(entry),
      ...membersOf(entry.details).map(([name, value]) => [name, textOf(value)] as const),
      ...(address === null ? [] : ([['address', address]] as const)),
    ],
  }
}

/** Each column with what it was and what it became, where both are known. */
function changesOf({ before, after }: AuditEntry): [name: string, change: string][] {
  const was = new Map(membersOf(before))
  const is = new Map(membersOf(after))
  return [...new Set([...was.keys(), ...is.keys()])].map((name) => {
    const sides = [was, is].filter((side) => side.has(name)).map((side) => textOf(side.get(name)))
    return [name, sides.join(' → ')]
  })
}

function membersOf(value: unknown): [name: string, value: unknown][] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : []
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
}
