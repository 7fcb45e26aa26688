/** A mail to one address. */
export interface MailMessage {
  readonly to: string
  readonly subject: string
  readonly text: string
  /** The same for readers that show HTML. Default: the text alone. */
  readonly html?: string
}

/** Hands a mail on to be delivered; rejects when that failed and may be tried again. */
export type SendMail = (message: MailMessage) => Promise<void>

/** A short message to one telephone number, in E.164 form (`+4930123456`). */
export interface TextMessage {
  readonly to: string
  readonly text: string
}

/** Hands a short message on to be delivered; rejects when that failed and may be tried again. */
export type SendText = (message: TextMessage) => Promise<void>
