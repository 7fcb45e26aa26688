/** Where the links in mails lead. */
export interface LinkPaths {
  /** Finish signing up. Default `/sign-up/confirm`. */
  readonly signUp: string
  /** Choose a new password. Default `/reset/confirm`. */
  readonly reset: string
  /** Sign in by link. Default `/sign-in/link`. */
  readonly magicLink: string
  /** Confirm a new address. Default `/account/email/confirm`. */
  readonly email: string
}

/** Makes the links of mails: the page that spends the token, never the operation itself. */
export type Links = (to: keyof LinkPaths, token: string) => string

export const LINK_PATHS: LinkPaths = {
  signUp: '/sign-up/confirm',
  reset: '/reset/confirm',
  magicLink: '/sign-in/link',
  email: '/account/email/confirm',
}

/**
 * Creates the function that makes links. The origin is the configured one and never a request's `Host`,
 * which its sender chooses. The token is in the query, so that the page works without scripts: it is
 * good once, for minutes, and only by a POST, so what fetches links spends none.
 */
export function createLinks(origin: string, paths: LinkPaths): Links {
  return (to, token) => `${new URL(paths[to], origin)}?token=${token}`
}
