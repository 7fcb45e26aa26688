import * as v from 'valibot'
import { type Handle, id, type Table, table } from '../../../src/data/index.ts'

// Imported by a process of its own as well, which knows no names of packages: hence the paths.

const text = v.pipe(v.string(), v.maxLength(80))
const whole = v.pipe(v.number(), v.integer())

/** Rows that are made, stamped and deleted together. */
export const members = table(
  'members',
  { id: id(), lot: text, stamp: whole },
  { indexes: [['lot']] },
)
/** Each worker has one, whose value only grows. */
export const cells = table(
  'cells',
  { id: id(), worker: text, value: whole },
  { unique: [['worker']] },
)
export const accounts = table('accounts', { id: id(), owner: text, balance: whole })
export const transfers = table('transfers', { id: id(), name: text, amount: whole })

export const tables: readonly Table[] = [members, cells, accounts, transfers] as never

export const LOT_SIZE = 57

export function accountId(n: number): string {
  return `01890000-0000-7000-8000-00000000000${n}`
}

export const ACCOUNTS = 4

/** Empties the tables, but for accounts without money. */
export async function reset(db: Handle): Promise<void> {
  await db.transaction(
    async (tx) => {
      await tx.deleteMany(members, {})
      await tx.deleteMany(cells, {})
      await tx.deleteMany(accounts, {})
      await tx.deleteMany(transfers, {})
      const owners = Array.from({ length: ACCOUNTS }, (_, n) => n)
      await tx.createMany(
        accounts,
        owners.map((n) => ({ id: accountId(n), owner: `o${n}`, balance: 0 })),
      )
    },
    { timeout: 60_000 },
  )
}

/** Tells what is about to be done, or what was acknowledged. */
export type Tell = (moment: 'began' | 'done', what: string, name: string) => void

/** Does one thing after the other until the process is killed. */
export async function work(db: Handle, worker: string, tell: Tell): Promise<never> {
  const step = async (what: string, name: string, action: () => Promise<unknown>) => {
    tell('began', what, name)
    await action()
    tell('done', what, name)
  }
  for (let count = 1; ; count += 1) {
    const lot = `${worker}.${count}`
    await step('made', lot, () => db.createMany(members, rowsOf(lot)))
    await step('set', `${worker} ${count}`, () =>
      db.upsert(cells, { worker, value: count }, { on: ['worker'] }),
    )
    await step('stamped', lot, () => db.updateMany(members, { lot }, { stamp: count }))
    await step('paid', lot, () => pay(db, lot))
    if (count % 3 === 0) await step('gone', lot, () => db.deleteMany(members, { lot }))
  }
}

const rowsOf = (lot: string) => Array.from({ length: LOT_SIZE }, () => ({ lot, stamp: 0 }))

const back = new Error('taken back')

/** A payment with a nested part that is kept and one that is undone. */
async function pay(db: Handle, name: string): Promise<void> {
  await db.transaction(
    async (tx) => {
      const from = Math.floor(Math.random() * ACCOUNTS)
      const to = (from + 1) % ACCOUNTS
      // Always in one order: this is about crashes, not about deadlocks.
      const [first = 0, second = 0] = [from, to].sort()
      const amount = first === from ? 1 : -1
      await add(tx, first, -amount)
      await tx.transaction(async (inner) => {
        await inner.create(transfers, { name, amount: 1 })
        await add(inner, second, amount)
      })
      const undone = tx.transaction(async (inner) => {
        await inner.createMany(members, rowsOf(`${name} undone`))
        throw back
      })
      await undone.catch((error: unknown) => {
        if (error !== back) throw error
      })
    },
    { timeout: 60_000 },
  )
}

async function add(tx: Handle, account: number, amount: number): Promise<void> {
  // The write comes first, so that the row is locked before its balance is read.
  await tx.updateMany(accounts, { id: accountId(account) }, { owner: `o${account}` })
  const balance = (await tx.get(accounts, accountId(account)))?.balance ?? 0
  await tx.update(accounts, accountId(account), { balance: balance + amount })
}
