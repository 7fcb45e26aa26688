import type { Field } from './page.ts'

/** Fields that several forms have. Their `autocomplete` is what password managers go by. */
export const EMAIL: Field = {
  name: 'email',
  label: 'E-mail address',
  type: 'email',
  autocomplete: 'username',
}

/** For addresses that passkeys may be offered with (WebAuthn, conditional mediation). */
export const EMAIL_OR_PASSKEY: Field = { ...EMAIL, autocomplete: 'username webauthn' }

export const PASSWORD: Field = {
  name: 'password',
  label: 'Password',
  type: 'password',
  autocomplete: 'current-password',
}

export const NEW_PASSWORD: Field = {
  name: 'password',
  label: 'New password',
  type: 'password',
  autocomplete: 'new-password',
  hint: 'At least 8 characters. Several words are good.',
}

export const CODE: Field = {
  name: 'code',
  label: 'Code',
  type: 'code',
  autocomplete: 'one-time-code',
}

export const REMEMBER: Field = {
  name: 'remember',
  label: 'Do not ask on this device for 30 days',
  type: 'checkbox',
  optional: true,
}

export const PHONE: Field = {
  name: 'number',
  label: 'Phone number',
  type: 'tel',
  autocomplete: 'tel',
  hint: 'With its country, such as +49 30 123456.',
}
