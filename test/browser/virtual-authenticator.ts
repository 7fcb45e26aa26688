import type { CDPSession, Page } from 'playwright-core'

/** An authenticator of Chromium's, which verifies its user and keeps passkeys. */
export interface VirtualAuthenticator {
  /** Whether its user touches it whenever it asks: also when a passkey is only offered. */
  touches(enabled: boolean): Promise<void>
  /** Whether it verifies its user from now on. */
  verifies(enabled: boolean): Promise<void>
  /** Puts the counters of its keys back, as those of a copy of it would be. */
  forgetUses(): Promise<void>
}

/** Gives a page an authenticator. */
export async function plugIn(page: Page): Promise<VirtualAuthenticator> {
  const session = await page.context().newCDPSession(page)
  await session.send('WebAuthn.enable')
  const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
    },
  })
  return {
    async touches(enabled) {
      const presence = { authenticatorId, enabled }
      await session.send('WebAuthn.setAutomaticPresenceSimulation', presence)
    },
    async verifies(isUserVerified) {
      await session.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified })
    },
    forgetUses: () => forgetUses(session, authenticatorId),
  }
}

async function forgetUses(session: CDPSession, authenticatorId: string): Promise<void> {
  const { credentials } = await session.send('WebAuthn.getCredentials', { authenticatorId })
  for (const credential of credentials) {
    const { credentialId } = credential
    await session.send('WebAuthn.removeCredential', { authenticatorId, credentialId })
    await session.send('WebAuthn.addCredential', {
      authenticatorId,
      credential: { ...credential, signCount: 0 },
    })
  }
}
