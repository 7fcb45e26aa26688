import * as v from 'valibot'
import { type AnyTable, type Column, id, type Table, table } from '../data/index.ts'

type Text = v.GenericSchema<string | null>

/** The columns of an entry. Text that is JSON is canonical: the same value is always the same text. */
interface EntryColumns {
  id: Column<v.GenericSchema<string>, 'uuid'>
  seq: v.GenericSchema<number>
  at: v.GenericSchema<number>
  event: v.GenericSchema<string>
  actor: Text
  kind: v.GenericSchema<string>
  impersonator: Text
  session: Text
  address: Text
  trace: Text
  table: Text
  row: Text
  before: Text
  after: Text
  details: Text
  previous: v.GenericSchema<string>
  hash: v.GenericSchema<string>
}

/** The most characters of what entries are found by: they fit into an index of every database. */
export const MAX_LENGTH = 255

const integer = v.pipe(v.number(), v.safeInteger())
const bounded = v.pipe(v.string(), v.maxLength(MAX_LENGTH))
const short = v.pipe(v.string(), v.maxLength(64))
const some = v.nullable(bounded)
const json = v.nullable(v.string())

/** The log: rows are added and never changed. No policy: only the system reads it. */
export const entries: Table<'plinth_audit', { [K in keyof EntryColumns]: EntryColumns[K] }> = table(
  'plinth_audit',
  {
    id: id(),
    /** From 1, without gaps. */
    seq: integer,
    /** When it happened, in milliseconds since the Unix epoch: UTC, and exact on every database. */
    at: integer,
    event: short,
    actor: some,
    kind: short,
    impersonator: some,
    session: some,
    address: some,
    trace: some,
    table: v.nullable(short),
    row: some,
    before: json,
    after: json,
    details: json,
    /** The hash of the entry before. */
    previous: short,
    hash: short,
  },
  {
    unique: [['seq']],
    indexes: [['at'], ['event', 'seq'], ['actor', 'seq'], ['table', 'row', 'seq'], ['row', 'seq']],
    appendOnly: true,
  },
)

/** Where the chain ends: one row, which writers lock at the very end of their transactions. */
export const heads: Table<
  'plinth_audit_head',
  {
    id: Column<v.GenericSchema<string>, 'uuid'>
    seq: v.GenericSchema<number>
    hash: v.GenericSchema<string>
    key: v.GenericSchema<string>
    mac: v.GenericSchema<string>
  }
> = table('plinth_audit_head', {
  id: id(),
  seq: integer,
  hash: short,
  /** The name of the key, and its digest of the two: nobody moves the head without it. */
  key: short,
  mac: short,
})

/** Signed statements: that the chain came to `hash` at `seq`, and which entries were removed on purpose. */
export const checkpoints: Table<
  'plinth_audit_checkpoints',
  {
    id: Column<v.GenericSchema<string>, 'uuid'>
    kind: v.GenericSchema<'checkpoint' | 'cut'>
    seq: v.GenericSchema<number>
    hash: v.GenericSchema<string>
    at: v.GenericSchema<number>
    key: v.GenericSchema<string>
    signature: v.GenericSchema<string>
  }
> = table(
  'plinth_audit_checkpoints',
  {
    id: id(),
    kind: v.picklist(['checkpoint', 'cut']),
    seq: integer,
    hash: short,
    at: integer,
    key: short,
    signature: v.pipe(v.string(), v.maxLength(128)),
  },
  { indexes: [['seq']], appendOnly: true },
)

/** What the database must hold for an audit log. */
export const auditTables: readonly AnyTable[] = [entries, heads, checkpoints]

/** The one row of heads. */
export const HEAD = '00000000-0000-7000-8000-000000000001'
/** What comes before the first entry. */
export const NOTHING: string = '0'.repeat(64)
