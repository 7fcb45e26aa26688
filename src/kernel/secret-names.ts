// Matched against names without their separators, so that api_key, apiKey and x-api-key are one.
const SECRET_NAMES =
  /password|passwd|passphrase|passcode|secret|token|authorization|cookie|credential|apikey|accesskey|privatekey|signingkey|encryptionkey|mnemonic|rawheaders|cardnumber|(?:^pwd|otp|^pin|^cvv|^cvc|^iban|^ssn)$/

/** Tests whether what carries this name is a secret. */
export function isSecretName(name: string): boolean {
  return SECRET_NAMES.test(plainName(name))
}

/** A name without case and separators: names that differ in nothing else are one. */
export function plainName(name: string): string {
  return name.toLowerCase().replace(/[_.\s-]/g, '')
}
