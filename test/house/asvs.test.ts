import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { families } from '../../scripts/asvs/families.ts'
import { reasons } from '../../scripts/asvs/open.ts'
import { writePage } from '../../scripts/asvs/page.ts'
import { requirements } from '../../scripts/asvs/requirements.ts'
import { findTagged, taggedIn } from '../../scripts/asvs/tags.ts'
import { root } from '../../scripts/doors.ts'

const tagged = findTagged()
const known = new Set(requirements.map(({ id }) => id))

describe('the security scorecard', () => {
  it('lists each requirement once, by chapter and level', () => {
    expect(known.size).toBe(188)
    const levels = Object.groupBy(requirements, ({ level }) => level)
    expect([levels[1]?.length, levels[2]?.length, levels[3]?.length]).toEqual([49, 106, 33])
  })

  it('knows every requirement and family that tests name', () => {
    const ids = tagged.flatMap((test) => [
      ...test.requirements.filter((id) => !known.has(id)).map((id) => `${test.file}: ${id}`),
      ...test.families.filter((id) => !families[id - 1]).map((id) => `${test.file}: family ${id}`),
    ])
    expect(ids).toEqual([])
  })

  it('gives reasons only for what is open', () => {
    const held = new Set(tagged.flatMap((test) => test.requirements))
    const wrong = Object.keys(reasons).filter((id) => held.has(id) || !known.has(id))
    expect(wrong).toEqual([])
  })

  it('is up to date: npm run asvs', () => {
    expect(readFileSync(`${root}docs/security/asvs.md`, 'utf8')).toBe(writePage(tagged))
  })
})

describe('the tags of a test file', () => {
  const tag = (text: string) => `[${text}]`

  it.each([
    [`it('${tag('ASVS 1.1.1')} one', f)`, 'one'],
    [`it.each([1])('%s ${tag('ASVS 1.1.1')}', f)`, '%s'],
    [`it.each([['${tag('ASVS 1.1.1')} row', 2]])('of %s', f)`, 'row'],
    [`describe('group', () => { it('${tag('ASVS 1.1.1')} one', f) })`, 'group › one'],
    [`describe.each(a)('each', () => { it('${tag('ASVS 1.1.1')} one', f) })`, 'each › one'],
    [`describe('before', () => {}); it('${tag('ASVS 1.1.1')} one', f)`, 'one'],
  ])('are read from %s', (text, title) => {
    const found = { file: 'a.test.ts', title, requirements: ['1.1.1'], families: [] }
    expect(taggedIn('a.test.ts', text)).toEqual([found])
  })

  it('are not read from comments', () => {
    expect(taggedIn('a.test.ts', `// ${tag('ASVS 1.1.1')}\nit('one', f)`)).toEqual([])
  })
})
