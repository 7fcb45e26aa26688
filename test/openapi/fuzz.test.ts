import { describe, expect, it } from 'vitest'
import { apps } from './apps.ts'
import { fuzz } from './fuzz/run.ts'

describe.each(Object.entries(apps))(
  'a thousand requests made from the document of %s',
  (_, open) => {
    it('meet no failure and nothing undeclared', async () => {
      const tested = await open()
      const { findings } = await fuzz(tested, { requests: 1000, seed: 1 })
      await tested.app.close()
      expect(findings).toEqual([])
    })
  },
)
