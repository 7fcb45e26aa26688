/** Something that is tried, by whom and for which account. */
export interface Attempt {
  /** Such as `sign_in`. Each purpose counts apart. */
  readonly purpose: string
  /** What names the account, whether or not there is one. */
  readonly account: string
  /** Undefined where the runtime cannot tell: then only the other limits hold. */
  readonly address: string | undefined
  /** A device that this account has signed in on. Its attempts count apart from those of strangers. */
  readonly device?: string | undefined
}
