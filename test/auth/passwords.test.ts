import { password } from 'plinth/auth'
import { describe, expect, it } from 'vitest'
import { type AuthApp, openApp, signIn } from './app.ts'

const EMAIL = 'ada.lovelace@analytical.example'

async function signUp(app: AuthApp, chosen: string, name?: string): Promise<string[] | 'accepted'> {
  const json = { email: EMAIL, password: chosen, ...(name && { name }) }
  const answer = await app.send('/auth/sign-up', { json })
  if (answer.status === 202) return answer.json.status
  expect(answer.status).toBe(422)
  return answer.json.issues.map(({ message }: { message: string }) => message)
}

describe('a new password', () => {
  it.each([
    ['[ASVS 6.2.1] of eight characters', 'qj4vzkw9'],
    ['[ASVS 6.2.5] of small letters alone', 'zwölfboxkämpfer'],
    ['of digits alone', '8630174925'],
    ['of spaces inside', 'four words and spaces'],
    ['[ASVS 6.2.9] of 64 characters', 'aé'.repeat(32)],
    ['of 256 characters', '🐎🔋'.repeat(128)],
    ['of eight emoji', '🐎🔋🖇🌊🥁🪁🧊🛶'],
    ['of any script', 'пароль нигде не записан'],
  ])('%s is taken and signs in', async (_, chosen) => {
    const app = await openApp()
    expect(await signUp(app, chosen)).toBe('accepted')
    const signedIn = await signIn(app, { email: EMAIL, password: chosen })
    expect(signedIn.answer.status).toBe(200)
  })

  it.each([
    ['[ASVS 6.2.1] of seven characters', 'qj4vzkw', 'Use at least 8 characters.'],
    ['of four characters and eight units', '🐎🔋🖇🌊', 'Use at least 8 characters.'],
    ['of eight units that compose to four', 'e\u0301'.repeat(4), 'Use at least 8 characters.'],
    ['of 257 characters', 'x'.repeat(257), 'Use at most 256 characters.'],
    ['of 257 emoji', '🐎'.repeat(257), 'Use at most 256 characters.'],
    ['with a control character', 'qj4vzkw9\u0000', 'Holds the character NUL'],
    ['with a line feed', 'qj4vzkw9\n', 'Expected a password without control characters.'],
    ['[ASVS 6.2.4] that is common', 'trustno1', 'This password is one of the commonest.'],
    ['that is common in capitals', 'PassWord1', 'This password is one of the commonest.'],
  ])('%s is refused', async (_, chosen, message) => {
    const app = await openApp()
    expect(await signUp(app, chosen)).toEqual([message])
  })

  it.each([
    'ada.lovelace',
    'Lovelace1815!',
    'lovelace',
    '#analytical#',
    EMAIL,
    'Countess99',
    'Countess of Lovelace',
    'Acme-2026!',
    '2026plinthworks',
  ])('[ASVS 6.2.11] %s is refused for its context', async (chosen) => {
    const app = await openApp({ factors: [password({ contextWords: ['ACME', 'plinthworks'] })] })
    const expected = expect.stringContaining('does not come from your name')
    expect(await signUp(app, chosen, 'Countess of Lovelace')).toEqual([expected])
  })

  it('may hold words of its context beside others', async () => {
    const app = await openApp({ factors: [password({ contextWords: ['acme'] })] })
    expect(await signUp(app, 'lovelace buys at acme')).toBe('accepted')
  })

  it('is held against the longer minimum that is asked for', async () => {
    const app = await openApp({ factors: [password({ minimumLength: 15 })] })
    expect(await signUp(app, 'qj4vzkw9qj4vzk')).toEqual(['Use at least 15 characters.'])
    expect(await signUp(app, 'qj4vzkw9qj4vzkw')).toBe('accepted')
  })
})

it('[ASVS 6.2.4] knows three thousand common passwords of eight characters', async () => {
  const { commonPasswords } = await import('../../src/auth/password/common-passwords.ts')
  const known = [...commonPasswords()]
  expect(known).toHaveLength(3000)
  for (const word of known) {
    expect(word.length, word).toBeGreaterThanOrEqual(8)
    expect(word, word).toBe(word.toLowerCase().normalize('NFC'))
  }
})
