import { type AuthOptions, password } from 'plinth/auth'
import { type PagesOptions, pages } from 'plinth/auth/pages'
import {
  ADA,
  type AuthApp,
  type Browser,
  linkedToken,
  ORIGIN,
  openApp,
  openBrowser,
  type Sent,
} from '../app.ts'

/** A page as a browser without scripts has it. */
export interface PageAnswer {
  readonly status: number
  readonly headers: Headers
  readonly html: string
}

/** Somebody without scripts: follows redirects, keeps cookies, and sends forms as they stand. */
export interface Reader extends Browser {
  /** Where the last page was. */
  readonly at: string
  readonly page: PageAnswer
  open(path: string): Promise<PageAnswer>
  /** Fills in and sends the form whose button has these words. */
  submit(button: string, values?: Readonly<Record<string, string>>): Promise<PageAnswer>
}

/** Opens an app with pages. */
export function openPages(
  { options, ...rest }: Partial<AuthOptions> & { mailing?: boolean; options?: PagesOptions } = {},
  extra?: Parameters<typeof openApp>[1],
): Promise<AuthApp> {
  const { factors = [password()], features = [], ...auth } = rest
  return openApp({ ...auth, factors, features: [...features, pages(options)] }, extra)
}

/** Opens a browser that reads pages. */
export function openReader(app: AuthApp): Reader {
  const browser = openBrowser(app)
  let at = '/'
  let page: PageAnswer = { status: 0, headers: new Headers(), html: '' }

  async function load(path: string, init: Sent = {}): Promise<PageAnswer> {
    const { status, headers, text } = await browser.send(path, init)
    const location = headers.get('location')
    if (status === 303 && location !== null) return load(location)
    at = path
    page = { status, headers, html: text }
    return page
  }

  return {
    ...browser,
    get at() {
      return at
    },
    get page() {
      return page
    },
    open: (path) => load(path),
    submit(button, values = {}) {
      const { action, fields } = findForm(page.html, button)
      return load(action, { form: { ...fields, ...values } })
    },
  }
}

/** The form with a button of these words, and what it sends unless it is filled in. */
export function findForm(
  html: string,
  button: string,
): { action: string; fields: Record<string, string> } {
  const forms = html.match(/<form [\s\S]*?<\/form>/g) ?? []
  const form = forms.find((each) => {
    return [...each.matchAll(/<button(?![^>]*type="button")[^>]*>([^<]*)</g)].some(
      ([all, text]) => {
        return text === button || decode(all).includes(`aria-label="${button}"`)
      },
    )
  })
  if (form === undefined) throw new Error(`there is no button "${button}" in ${html}`)
  const fields: Record<string, string> = {}
  for (const [input] of form.matchAll(/<input [^>]*>/g)) {
    const name = attribute(input, 'name')
    const checkable = input.includes('type="checkbox"') && !input.includes(' checked')
    if (name !== undefined && !checkable) fields[name] = attribute(input, 'value') ?? ''
  }
  return { action: attribute(form, 'action') ?? '', fields }
}

/** What an attribute of an element says. */
export function attribute(element: string, name: string): string | undefined {
  const value = new RegExp(` ${name}="([^"]*)"`).exec(element)?.[1]
  return value === undefined ? undefined : decode(value)
}

/** The text of a page, as people read it. */
export function textOf(html: string): string {
  const body = html.replace(/<head>[\s\S]*?<\/head>|<script>[\s\S]*?<\/script>/g, '')
  return decode(body.replace(/<[^>]*>/g, ' '))
    .replace(/\s+/g, ' ')
    .trim()
}

function decode(text: string): string {
  return text.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))
}

/** Opens an app with pages, and a reader who has an account and is signed in. */
export async function openSignedIn(
  ...given: Parameters<typeof openPages>
): Promise<{ app: AuthApp; reader: Reader }> {
  const app = await openPages(...given)
  const reader = openReader(app)
  await reader.open('/sign-up')
  await reader.submit('Create the account', ADA)
  const sent = given[0]?.mailing
  await reader.open(sent ? await linkIn(app, ADA.email) : '/sign-in')
  if (sent) await reader.submit('Confirm the address and sign in')
  else await reader.submit('Sign in', ADA)
  return { app, reader }
}

/** The path and query of the link in the last mail to somebody. */
export async function linkIn(app: AuthApp, to: string): Promise<string> {
  await linkedToken(app, to)
  const mail = app.mails.findLast((each) => each.to === to)
  const link = /https:\S+/.exec(mail?.text ?? '')?.[0] ?? ''
  return link.replace(ORIGIN, '')
}
