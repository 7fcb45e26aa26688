import type { Handle, TransactionOptions } from '../data/index.ts'
import type { Answer } from '../http/index.ts'

/** Carries an answer out of a transaction that it undoes. Never leaves this file. */
class Undone extends Error {
  readonly answer: Answer

  constructor(answer: Answer) {
    super('undone')
    this.answer = answer
  }
}

/**
 * Runs `work` in one transaction. An answer below 400 is given once the commit is durable; any other
 * undoes everything and is given as well. What `work` throws undoes everything and is thrown on.
 */
export async function inTransaction(
  db: Handle,
  work: (tx: Handle) => Answer | Promise<Answer>,
  options: TransactionOptions = {},
): Promise<Answer> {
  try {
    return await db.transaction(async (tx) => {
      const answer = await work(tx)
      if (answer.status >= 400) throw new Undone(answer)
      return answer
    }, options)
  } catch (error) {
    if (error instanceof Undone) return error.answer
    throw error
  }
}
