import { assertKnown, misuse } from '../../kernel/index.ts'
import type { LinkPaths } from '../mail/links.ts'
import { isLocalPath } from './return-to.ts'

/** The pages there are, by the paths that they stand on without `base` and `auth({ links })`. */
export const PAGE_PATHS = [
  '/sign-in',
  '/sign-in/link',
  '/sign-in/code',
  '/sign-in/second-factor',
  '/sign-up',
  '/sign-up/confirm',
  '/reset',
  '/reset/confirm',
  '/account',
  '/account/password',
  '/account/sessions',
  '/account/passkeys',
  '/account/second-factor',
  '/account/providers',
  '/account/phone',
  '/account/keys',
  '/account/email',
  '/account/email/confirm',
  '/account/delete',
] as const

/** One of the pages. */
export type PagePath = (typeof PAGE_PATHS)[number]

/** How the pages look, and where they stand. */
export interface PagesOptions {
  /** The name of the application, at the top of every page. Default `Account`. */
  readonly title?: string
  /** A picture beside the name: a path of the application, or an `https:` URL. Default: none. */
  readonly logo?: string
  /** The colour of buttons, such as `#0b5cad`. Default: a blue. */
  readonly accent?: `#${string}`
  /** A stylesheet of one's own that comes last: a path of the application, or an `https:` URL. */
  readonly stylesheet?: string
  /** Where people go after signing in, when they came from nowhere else. Default `/`. */
  readonly afterSignIn?: string
  /** What the paths of the pages begin with, such as `/me`. Default: nothing. */
  readonly base?: string
  /** Links at the bottom of every page. Default: none. */
  readonly footer?: readonly FooterLink[]
  /** The pages that are served, by their paths without `base`. Default: all that the parts of auth call for. */
  readonly only?: readonly PagePath[]
  /** The pages that are not served, for they are the team's own on the same paths. Default: none. */
  readonly except?: readonly PagePath[]
}

/** A link at the bottom of the pages. */
export interface FooterLink {
  readonly text: string
  /** A path of the application, or an `https:` URL. */
  readonly href: string
}

/** The options with their defaults. */
export interface PagesSettings
  extends Required<Omit<PagesOptions, 'logo' | 'stylesheet' | 'only' | 'except'>> {
  readonly logo: string | undefined
  readonly stylesheet: string | undefined
  readonly served: ReadonlySet<PagePath>
}

const OPTIONS = [
  'title',
  'logo',
  'accent',
  'stylesheet',
  'afterSignIn',
  'base',
  'footer',
  'only',
  'except',
] as const satisfies (keyof PagesOptions)[]

const ACCENT = '#1f5fbf'

/** Checks the options. Throws `misuse` naming the one that cannot be. */
export function resolveSettings(options: PagesOptions): PagesSettings {
  assertKnown('pages()', options, OPTIONS)
  const { title = 'Account', accent = ACCENT, afterSignIn = '/', base = '', footer = [] } = options
  if (typeof title !== 'string' || title.trim() === '') refuse('title', title, 'a name')
  if (!/^#[\da-f]{6}$/i.test(accent)) refuse('accent', accent, 'a colour like "#0b5cad"')
  if (!isLocalPath(afterSignIn)) refuse('afterSignIn', afterSignIn, 'a path like "/orders"')
  if (base !== '' && !/^(?:\/[\w.~-]+)+$/.test(base)) refuse('base', base, 'a path like "/me"')
  if (!Array.isArray(footer)) refuse('footer', footer, 'a list of { text, href }')
  for (const link of footer) {
    assertKnown('pages().footer', link, ['text', 'href'])
    if (typeof link.text !== 'string' || link.text.trim() === '')
      refuse('footer', link.text, 'a text')
    assertAddress('footer', link.href)
  }
  const { logo, stylesheet } = options
  if (logo !== undefined) assertAddress('logo', logo)
  if (stylesheet !== undefined) assertAddress('stylesheet', stylesheet)
  return { title, accent, afterSignIn, base, footer, logo, stylesheet, served: servedOf(options) }
}

function servedOf({ only = PAGE_PATHS, except = [] }: PagesOptions): ReadonlySet<PagePath> {
  const known: ReadonlySet<string> = new Set(PAGE_PATHS)
  for (const [name, list] of Object.entries({ only, except })) {
    if (!Array.isArray(list)) refuse(name, list, 'a list of paths')
    const unknown = list.find((path) => !known.has(path))
    if (unknown !== undefined) refuse(name, unknown, `one of ${PAGE_PATHS.join(', ')}`)
  }
  return new Set(only.filter((path) => !except.includes(path)))
}

/** A scheme other than https would run code or give the page away. */
function assertAddress(name: string, address: string): void {
  if (isLocalPath(address)) return
  const url = typeof address === 'string' ? URL.parse(address) : null
  if (url?.protocol !== 'https:') refuse(name, address, 'a path like "/logo.svg", or an https: URL')
}

function refuse(name: string, value: unknown, expected: string): never {
  throw misuse(`pages().${name}`, `is ${JSON.stringify(value)}; expected ${expected}`)
}

/** Where each page stands: links in mails lead where `auth({ links })` says, whatever `base` is. */
export function placesOf(base: string, links: LinkPaths): ReadonlyMap<PagePath, string> {
  const linked: Partial<Record<PagePath, string>> = {
    '/sign-up/confirm': links.signUp,
    '/reset/confirm': links.reset,
    '/sign-in/link': links.magicLink,
    '/account/email/confirm': links.email,
  }
  return new Map(PAGE_PATHS.map((path) => [path, linked[path] ?? base + path]))
}
