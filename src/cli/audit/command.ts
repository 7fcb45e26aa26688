import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Checkpoint, OpenAudit, Verification } from '../../audit/index.ts'
import { openAuditConfig } from '../config.ts'
import { EXIT, type Terminal } from '../terminal.ts'
import { UsageError } from '../usage-error.ts'
import type { AuditArguments, AuditCommand } from './arguments.ts'

type Run = (log: OpenAudit, asked: AuditArguments, terminal: Terminal) => Promise<number>

const commands: Readonly<Record<AuditCommand, Run>> = { verify, export: exportLog, cut }

/** Reads, exports or cuts the audit log of the project's configuration. */
export async function audit(asked: AuditArguments, terminal: Terminal): Promise<number> {
  const { database, log } = await openAuditConfig(asked.config, terminal.folder)
  try {
    return await commands[asked.command](log, asked, terminal)
  } finally {
    await database.close()
  }
}

async function verify(
  log: OpenAudit,
  { keys, published }: AuditArguments,
  terminal: Terminal,
): Promise<number> {
  const found = await log.verify({
    published: published === undefined ? [] : readCheckpoints(resolve(terminal.folder, published)),
    ...(keys && { publicKeys: keys }),
  })
  for (const { seq, place, message } of found.findings) {
    terminal.err(`entry ${seq}  ${place}  ${message}`)
  }
  terminal.out(summaryOf(found))
  return found.ok ? EXIT.done : EXIT.failed
}

function summaryOf({ ok, entries, from, to, signedTo, findings }: Verification): string {
  if (entries === 0) return ok ? 'The log is empty.' : 'The log is empty, and was not.'
  const range = `${entries} entries, ${from} to ${to}, signed up to ${signedTo}`
  if (ok) return `The log is as it was written: ${range}.`
  return `The log is not as it was written: ${findings.length} findings in ${range}.`
}

function readCheckpoints(file: string): readonly Checkpoint[] {
  try {
    // Each is verified by its signature before anything in it counts.
    return readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line) => JSON.parse(line) as Checkpoint)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new UsageError(`--published ${file}: expected one checkpoint a line, as JSON: ${reason}`)
  }
}

async function exportLog(
  log: OpenAudit,
  { filter }: AuditArguments,
  { out }: Terminal,
): Promise<number> {
  for await (const entry of log.export(filter)) out(JSON.stringify(entry))
  return EXIT.done
}

async function cut(log: OpenAudit, { before }: AuditArguments, { out }: Terminal): Promise<number> {
  const { removed, upTo, marker } = await log.cut({ before: before ?? new Date(0) })
  if (removed === 0) {
    out('Nothing was removed: no signed checkpoint stands before that time.')
    return EXIT.done
  }
  out(`Removed ${removed} entries, up to ${upTo}. The signed marker, to be kept elsewhere:`)
  out(JSON.stringify(marker))
  return EXIT.done
}
