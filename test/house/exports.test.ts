import { describe, expect, it } from 'vitest'
import { doors } from '../../scripts/doors.ts'
import { parse } from './modules.ts'

/** Bun's door needs Bun's own modules to be loaded; its names are read from the source alone. */
const loadable = doors.filter(({ specifier }) => !/\/(bun|deno|workers)$/.test(specifier))

describe('the exported names', () => {
  it('are those of the record', async () => {
    const record = doors.map(({ specifier, source }) => {
      const names = parse(source).exports.map(({ name, type }) => (type ? `type ${name}` : name))
      return [specifier, ...names.sort().map((name) => `  ${name}`), ''].join('\n')
    })
    await expect(record.join('\n')).toMatchFileSnapshot('./exports.txt')
  })

  it.each(loadable)('of $specifier are there when it is loaded', async ({ specifier, source }) => {
    const values = parse(source).exports.filter(({ type }) => !type)
    const loaded: object = await import(/* @vite-ignore */ specifier)
    expect(Object.keys(loaded).sort()).toEqual(values.map(({ name }) => name).sort())
  })
})
