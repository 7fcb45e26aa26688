import type { Context, Html, Operation, Principal } from '../../http/index.ts'
import type { AuthServices } from '../part.ts'
import type { Asked } from './ask.ts'
import type { Offers } from './offers.ts'
import type { PagePath, PagesSettings } from './settings.ts'

/** What all pages have in common. */
export interface Kit {
  readonly services: AuthServices
  readonly settings: PagesSettings
  /** The operations of auth, of which some may be there. */
  readonly offers: Offers
  /** Whether there is such a page, ours or the team's own. */
  has(path: PagePath): boolean
  /** Where a page stands. */
  href(path: PagePath, query?: Readonly<Record<string, string | undefined>>): string
}

/** A page: what it shows, and what its forms do. */
export interface Page {
  readonly path: PagePath
  /** Of the browser's tab, and the heading. */
  readonly title: string
  /** Its name among the pages of an account, which are for people who are signed in. */
  readonly account?: string
  /** By the names that tell them apart on one page. */
  readonly forms: Readonly<Record<string, Form>>
  /** Whether passkeys are used, which takes the script. */
  readonly passkeys?: boolean
  show(visit: Visit): Outcome | Promise<Outcome>
}

/** A form, as a page shows it and takes it back. */
export interface Form {
  readonly fields: readonly Field[]
  readonly submit: string
  /** Default `main`. */
  readonly look?: 'main' | 'quiet' | 'danger'
  /** Does what the form is for; what it throws is shown on the page that it came from. */
  send(visit: Visit, values: Values): Outcome | Promise<Outcome>
}

/** What was filled in, as it was; fields left empty are absent. */
export type Values = Readonly<Record<string, string | undefined>>

/** One thing to fill in. */
export interface Field {
  readonly name: string
  readonly label: string
  readonly type: 'email' | 'password' | 'text' | 'code' | 'tel' | 'checkbox' | 'hidden'
  readonly autocomplete?: string
  readonly hint?: string
  readonly optional?: boolean
}

/** What a request for a page is answered with. */
export type Outcome = Shown | Redirect

/** A place to go on to, once something is done. */
export interface Redirect {
  readonly to: string
  readonly content?: undefined
}

/** A page that is shown. */
export interface Shown {
  readonly to?: undefined
  readonly content: Html
  /** In the place of the page's title. */
  readonly title?: string
  /** An address to go on to at once, of another site: no form may be sent there. */
  readonly onward?: string
}

/** One request for a page. */
export interface Visit {
  readonly kit: Kit
  readonly page: Page
  readonly context: Context
  /** Who is signed in with this browser. */
  readonly principal: Principal | null
  readonly query: PageQuery
  /** Where to go on to afterwards, if that was said and is one of our places. */
  readonly returnTo: string | undefined
  /** What was tried before, and how it failed. */
  readonly failure: Failure | undefined
  /** Asks one of the operations of auth, as a request of its own would. */
  ask<Input, Output>(operation: Operation<Input, Output>, input: Input): Promise<Asked<Output>>
}

/** What pages take in their query. */
export interface PageQuery {
  readonly returnTo?: string | undefined
  readonly done?: string | undefined
  readonly again?: string | undefined
  readonly token?: string | undefined
  /** What a sign-in provider led back with. */
  readonly error?: string | undefined
}

/** A form that was sent and refused. */
export interface Failure {
  /** The form's name. */
  readonly form: string | undefined
  readonly values: Values
  readonly code: string
  readonly message: string
  /** What is wrong with a field, by its name. */
  readonly fields: Readonly<Record<string, string>>
}
