import * as v from 'valibot'
import type { Operation } from '../../../http/index.ts'
import type { AuditSearch } from '../../part.ts'
import type { AuditAnswer } from '../wire.ts'
import { type Answering, text, view } from './view.ts'

const ROWS = 100

/** Searches the audit log, the latest entries first. */
export function auditView(answering: Answering, search: AuditSearch): Operation {
  const { show } = answering
  return view(answering, 'audit', {
    query: v.object({ search: text }),
    answer: async ({ search: wanted }): Promise<AuditAnswer> => {
      const entries = await search({ text: wanted ?? '', limit: ROWS })
      return {
        rows: entries.slice(0, ROWS).map(({ id, time, action, actor, target, details }) => ({
          id: show.line(id, 100),
          time,
          action: show.line(action, 100),
          actor: show.line(actor, 200),
          target: show.line(target, 200),
          details: show.pairs(Object.fromEntries(details)),
        })),
      }
    },
  })
}
