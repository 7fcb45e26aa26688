import { join } from 'node:path'
import { startProcess } from '../../harness/process.ts'
import { WrongAnswer } from '../../harness/rounds.ts'
import type { ReadCase } from './cases.ts'
import type { Order, Report } from './messages.ts'

export interface SideFile {
  readonly name: string
  /** Called with the place of the database and these arguments, it calls `serveSide`. */
  readonly file: URL
  readonly args?: readonly string[]
}

/** A side in its process. All throw `WrongAnswer` when the side answers wrongly. */
export interface DataProcess {
  /** Whether the side has the case, and all its answers are right. */
  readonly check: (name: ReadCase) => Promise<boolean>
  /** Microseconds a call. */
  readonly read: (order: Omit<Extract<Order, { do: 'read' }>, 'do'>) => Promise<number>
  /** Milliseconds, undefined where the side does not write. */
  readonly create: () => Promise<number | undefined>
  /** Milliseconds and MiB, undefined where the side does not stream. */
  readonly stream: () => Promise<{ figure: number; memory: number } | undefined>
  readonly stop: () => Promise<void>
}

export async function startDataSide(
  { name, file, args = [] }: SideFile,
  { location, directory }: { readonly location: string; readonly directory: string },
): Promise<DataProcess> {
  const child = startProcess(file, {
    log: join(directory, `${name}.log`),
    args: [location, ...args],
  })
  const ask = async (order: Order): Promise<{ figure: number; memory?: number } | undefined> => {
    const answer = child.message()
    child.process.send(order)
    const report = (await answer) as Report
    if ('failed' in report) throw new Error(`${name}: ${report.failed}`)
    if ('wrong' in report) throw new WrongAnswer(report.wrong)
    return 'absent' in report ? undefined : report
  }
  await child.message()
  return {
    check: async (read) => (await ask({ do: 'check', case: read })) !== undefined,
    read: async (order) => (await ask({ do: 'read', ...order }))?.figure ?? Number.NaN,
    create: async () => (await ask({ do: 'create' }))?.figure,
    stream: async () => {
      const report = await ask({ do: 'stream' })
      return report && { figure: report.figure, memory: report.memory ?? Number.NaN }
    },
    stop: child.stop,
  }
}
