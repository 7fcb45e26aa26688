import { toHex } from '../../kernel/index.ts'
import type { AskApi, Claims, ProviderSettings } from './provider.ts'

const OPENID = ['openid', 'email', 'profile']

/** What is known of the providers that need no more than a client. */
export const SETTINGS: {
  readonly [Name in
    | 'google'
    | 'github'
    | 'gitlab'
    | 'discord'
    | 'facebook'
    | 'linkedin']: ProviderSettings
} = {
  google: {
    issuer: 'https://accounts.google.com',
    scopes: OPENID,
    clientAuth: 'post',
    // Addresses of other domains may have been confirmed once, by somebody who has since moved on.
    handsOut: (domain, { hd }) => domain === 'gmail.com' || hd === domain,
  },
  github: {
    issuer: 'https://github.com/login/oauth',
    metadata: {
      authorization_endpoint: 'https://github.com/login/oauth/authorize',
      token_endpoint: 'https://github.com/login/oauth/access_token',
    },
    scopes: ['user:email'],
    clientAuth: 'post',
    askWho: askGithub,
  },
  gitlab: { issuer: 'https://gitlab.com', scopes: OPENID, clientAuth: 'post' },
  discord: {
    issuer: 'https://discord.com',
    metadata: {
      authorization_endpoint: 'https://discord.com/oauth2/authorize',
      token_endpoint: 'https://discord.com/api/oauth2/token',
    },
    scopes: ['identify', 'email'],
    clientAuth: 'post',
    askWho: askDiscord,
  },
  facebook: {
    issuer: 'https://www.facebook.com',
    metadata: {
      authorization_endpoint: 'https://www.facebook.com/v24.0/dialog/oauth',
      token_endpoint: 'https://graph.facebook.com/v24.0/oauth/access_token',
    },
    scopes: ['public_profile', 'email'],
    clientAuth: 'post',
    askWho: askFacebook,
  },
  linkedin: {
    issuer: 'https://www.linkedin.com/oauth',
    scopes: OPENID,
    clientAuth: 'post',
    // It takes a verifier for the sign of another kind of client and refuses it; its ID tokens have no nonce.
    pkce: false,
    nonce: false,
  },
}

async function askGithub(ask: AskApi): Promise<Claims> {
  const headers = {
    accept: 'application/vnd.github+json',
    'x-github-api-version': '2022-11-28',
    // Without, it answers 403.
    'user-agent': 'plinth',
  }
  const { id, name, login } = record(await ask('https://api.github.com/user', headers))
  const emails = await ask('https://api.github.com/user/emails', headers)
  const primary = (Array.isArray(emails) ? emails.map(record) : []).find((each) => each['primary'])
  return {
    sub: numbered(id),
    name: name ?? login,
    email: primary?.['email'],
    email_verified: primary?.['verified'],
  }
}

async function askDiscord(ask: AskApi): Promise<Claims> {
  const found = record(await ask('https://discord.com/api/users/@me'))
  const { id, email, verified, username } = found
  return { sub: id, email, email_verified: verified, name: found['global_name'] ?? username }
}

/** With the proof that the token was not stolen from another application. No word of the address's being verified. */
async function askFacebook(
  ask: AskApi,
  { value, secret }: { value: string; secret: string },
): Promise<Claims> {
  const url = new URL('https://graph.facebook.com/v24.0/me')
  url.searchParams.set('fields', 'id,name,email')
  url.searchParams.set('appsecret_proof', await hmac(value, secret))
  const { id, name, email } = record(await ask(url.href))
  return { sub: id, name, email }
}

async function hmac(text: string, secret: string): Promise<string> {
  const encoder = new TextEncoder()
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('raw', encoder.encode(secret), algorithm, false, [
    'sign',
  ])
  return toHex(new Uint8Array(await crypto.subtle.sign('HMAC', key, encoder.encode(text))))
}

function record(value: unknown): Claims {
  if (typeof value === 'object' && value !== null) return value as Claims
  throw new Error('the user API answers no object')
}

/** A number that JSON has kept exactly, as text. */
function numbered(id: unknown): string | undefined {
  return Number.isSafeInteger(id) ? String(id) : undefined
}
