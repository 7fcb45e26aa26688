import type { DataSource } from '../../store.ts'
import type { AnyTable } from '../../table.ts'
import type { SqlDriver, SqlDriverOptions } from './driver.ts'
import { createSqlStore } from './store.ts'

/** A SQL database not yet opened. */
export interface SqlSource extends DataSource {
  /** Opens the driver alone, as `open` does before it makes a store of it. */
  openDriver(options: SqlDriverOptions): Promise<SqlDriver>
}

/** Names a SQL database and its tables: opened, it is the driver that `openDriver` opens. */
export function sqlSource(
  tables: readonly AnyTable[],
  openDriver: (options: SqlDriverOptions) => Promise<SqlDriver>,
): SqlSource {
  return {
    tables,
    openDriver,
    async open({ models, signals, clock }) {
      const driver = await this.openDriver({ signals, clock })
      return createSqlStore({ driver, models, clock })
    },
  }
}
