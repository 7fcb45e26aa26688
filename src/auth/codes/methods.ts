/** The ways in by a code, which are also the purposes of its secrets. */
export const EMAIL_CODE = 'email-code'
export const SMS_CODE = 'sms-code'
