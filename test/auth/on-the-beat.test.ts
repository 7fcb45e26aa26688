import { describe, expect, it } from 'vitest'
import { onTheBeat } from '../../src/auth/on-the-beat.ts'

/** How many milliseconds the work seemed to take. */
async function timeOf(milliseconds: number): Promise<number> {
  const start = performance.now()
  await onTheBeat(() => new Promise((resolve) => setTimeout(resolve, milliseconds)))
  return performance.now() - start
}

describe('work on the beat', () => {
  it('ends no earlier than the first beat, however little there was to do', async () => {
    expect(await timeOf(0)).toBeGreaterThan(9)
  })

  it('ends with a beat after it is done', async () => {
    expect(await timeOf(15)).toBeGreaterThan(19)
  })

  it('gives what the work gave', async () => {
    expect(await onTheBeat(async () => 'done')).toBe('done')
  })

  it('fails as the work failed, no earlier', async () => {
    const start = performance.now()
    await expect(onTheBeat(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(performance.now() - start).toBeGreaterThan(9)
  })
})
