/** What a result code of SQLite means to the driver. Codes not listed are mistakes in a statement. */
export type Fault =
  | 'taken'
  | 'reference'
  | 'required'
  | 'check'
  | 'datatype'
  | 'too-big'
  | 'busy'
  | 'storage'

type Entry = readonly [name: string, code: number, fault: Fault]

// https://www.sqlite.org/rescode.html: the low byte is the primary code, the rest refines it.
const table: readonly Entry[] = [
  ['SQLITE_PERM', 3, 'storage'],
  ['SQLITE_BUSY', 5, 'busy'],
  ['SQLITE_LOCKED', 6, 'busy'],
  ['SQLITE_NOMEM', 7, 'storage'],
  ['SQLITE_READONLY', 8, 'storage'],
  ['SQLITE_INTERRUPT', 9, 'storage'],
  ['SQLITE_IOERR', 10, 'storage'],
  ['SQLITE_CORRUPT', 11, 'storage'],
  ['SQLITE_FULL', 13, 'storage'],
  ['SQLITE_CANTOPEN', 14, 'storage'],
  ['SQLITE_PROTOCOL', 15, 'busy'],
  ['SQLITE_TOOBIG', 18, 'too-big'],
  ['SQLITE_CONSTRAINT', 19, 'check'],
  ['SQLITE_NOTADB', 26, 'storage'],
  ['SQLITE_CONSTRAINT_CHECK', 275, 'check'],
  ['SQLITE_CONSTRAINT_FOREIGNKEY', 787, 'reference'],
  ['SQLITE_CONSTRAINT_NOTNULL', 1299, 'required'],
  ['SQLITE_CONSTRAINT_PRIMARYKEY', 1555, 'taken'],
  // How SQLite reports ON DELETE RESTRICT, which it runs as a trigger.
  ['SQLITE_CONSTRAINT_TRIGGER', 1811, 'reference'],
  ['SQLITE_CONSTRAINT_UNIQUE', 2067, 'taken'],
  ['SQLITE_CONSTRAINT_ROWID', 2579, 'taken'],
  ['SQLITE_CONSTRAINT_DATATYPE', 3091, 'datatype'],
]

const faults: ReadonlyMap<number, Fault> = new Map(table.map(([, code, fault]) => [code, fault]))
const codes: ReadonlyMap<string, number> = new Map(table.map(([name, code]) => [name, code]))

/** Looks a code up, the extended one first and then its primary part. */
export function faultOf(code: number): Fault | undefined {
  return faults.get(code) ?? faults.get(code & 0xff)
}

/** Finds the code for a name such as `SQLITE_IOERR_FSYNC`, if need be that of its primary part. */
export function codeOfName(name: string): number | undefined {
  return codes.get(name) ?? codes.get(name.split('_', 2).join('_'))
}
