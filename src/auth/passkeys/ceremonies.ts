import * as v from 'valibot'

/** What `navigator.credentials.create` is given, after `PublicKeyCredential.parseCreationOptionsFromJSON`. */
export interface PasskeyCreationOptions {
  readonly rp: { readonly id: string; readonly name: string }
  readonly user: { readonly id: string; readonly name: string; readonly displayName: string }
  readonly challenge: string
  readonly pubKeyCredParams: { readonly type: 'public-key'; readonly alg: number }[]
  /** Milliseconds. */
  readonly timeout: number
  readonly excludeCredentials: CredentialDescriptor[]
  readonly authenticatorSelection: {
    readonly residentKey: 'required'
    readonly requireResidentKey: true
    readonly userVerification: UserVerification
  }
  readonly attestation: 'none'
}

/** What `navigator.credentials.get` is given, after `PublicKeyCredential.parseRequestOptionsFromJSON`. */
export interface PasskeyRequestOptions {
  readonly rpId: string
  readonly challenge: string
  /** Milliseconds. */
  readonly timeout: number
  readonly userVerification: UserVerification
  /** Empty: the user chooses among the passkeys of their own. */
  readonly allowCredentials: CredentialDescriptor[]
}

/** How much it matters that the authenticator verifies who holds it. */
export type UserVerification = 'required' | 'preferred'

export interface CredentialDescriptor {
  readonly type: 'public-key'
  readonly id: string
  readonly transports: string[]
}

/** What `toJSON()` of a new credential gives. Browsers add more, which is not looked at. */
export interface PasskeyAttestation {
  readonly id: string
  readonly rawId: string
  readonly type: 'public-key'
  readonly response: {
    readonly clientDataJSON: string
    readonly attestationObject: string
    readonly transports?: string[] | undefined
  }
}

/** What `toJSON()` of a credential that has signed gives. Browsers add more, which is not looked at. */
export interface PasskeyAssertion {
  readonly id: string
  readonly rawId: string
  readonly type: 'public-key'
  readonly response: {
    readonly clientDataJSON: string
    readonly authenticatorData: string
    readonly signature: string
    readonly userHandle?: string | null | undefined
  }
}

const descriptors = v.array(
  v.object({ type: v.literal('public-key'), id: v.string(), transports: v.array(v.string()) }),
)
const userVerification = v.picklist(['required', 'preferred'])

export const creationOptions: v.GenericSchema<PasskeyCreationOptions> = v.object({
  rp: v.object({ id: v.string(), name: v.string() }),
  user: v.object({ id: v.string(), name: v.string(), displayName: v.string() }),
  challenge: v.string(),
  pubKeyCredParams: v.array(v.object({ type: v.literal('public-key'), alg: v.number() })),
  timeout: v.number(),
  excludeCredentials: descriptors,
  authenticatorSelection: v.object({
    residentKey: v.literal('required'),
    requireResidentKey: v.literal(true),
    userVerification,
  }),
  attestation: v.literal('none'),
})

export const requestOptions: v.GenericSchema<PasskeyRequestOptions> = v.object({
  rpId: v.string(),
  challenge: v.string(),
  timeout: v.number(),
  userVerification,
  allowCredentials: descriptors,
})

/** Binary data as base64url, of so many bytes at most. */
function binary(most: number): v.GenericSchema<string> {
  return v.pipe(
    v.string(),
    v.nonEmpty('Expected base64url.'),
    v.maxLength(Math.ceil((most * 4) / 3), `Expected at most ${most} bytes.`),
    v.regex(/^[\w-]*$/, 'Expected base64url.'),
  )
}

/** WebAuthn sections 4 and 5.8.1: identifiers have up to 1,023 bytes; client data is a short JSON text. */
const credentialId = binary(1023)
const clientData = binary(8192)

export const attestationSchema: v.GenericSchema<PasskeyAttestation> = v.looseObject({
  id: credentialId,
  rawId: credentialId,
  type: v.literal('public-key'),
  response: v.looseObject({
    clientDataJSON: clientData,
    // Room for the certificates that some authenticators send although nobody asks for them.
    attestationObject: binary(32_768),
    transports: v.optional(v.pipe(v.array(v.string()), v.maxLength(20))),
  }),
})

export const assertionSchema: v.GenericSchema<PasskeyAssertion> = v.looseObject({
  id: credentialId,
  rawId: credentialId,
  type: v.literal('public-key'),
  response: v.looseObject({
    clientDataJSON: clientData,
    authenticatorData: binary(4096),
    signature: binary(1024),
    userHandle: v.nullish(binary(64)),
  }),
})
