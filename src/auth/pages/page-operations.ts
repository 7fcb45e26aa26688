import * as v from 'valibot'
import {
  anyone,
  type Context,
  content,
  form,
  type Operation,
  type Responses,
} from '../../http/index.ts'
import { PlinthError } from '../../kernel/index.ts'
import type { Dresser } from './dress.ts'
import { detourOf, toFailure } from './failure.ts'
import { assertFromBrowser } from './from-browser.ts'
import type { Kit, Outcome, Page, PageQuery, Values, Visit } from './page.ts'
import { type OpenVisit, openVisit } from './visit.ts'

const HTML = content('text/html; charset=utf-8')
/** Statuses that a page may be shown with. */
const STATUSES = [200, 400, 401, 403, 404, 409, 410, 422, 429, 503] as const
const RESPONSES: Responses = {
  ...Object.fromEntries(STATUSES.map((status) => [status, HTML])),
  303: null,
}

const text = v.optional(v.string())
const querySchema = v.looseObject({
  returnTo: text,
  done: text,
  again: text,
  token: text,
  error: text,
})
const formSchema = v.looseObject({ do: text, returnTo: text, token: text })

/** Makes the operations that serve a page: one that shows it, and one that takes its forms. */
export function pageOperations(
  page: Page,
  kit: Kit,
  dress: Dresser,
): { readonly show: Operation; readonly send?: Operation } {
  const path = kit.href(page.path)
  const common = { path, guard: anyone, responses: RESPONSES, described: false } as const
  const show: Operation = {
    kind: 'operation',
    spec: { ...common, method: 'GET', query: querySchema },
    handler: async (context: Context) => {
      const visit = openVisit(kit, page, context, context.query as PageQuery)
      return answer(visit, await settle(visit, () => shown(visit)), dress)
    },
  }
  if (Object.keys(page.forms).length === 0) return { show }
  return {
    show,
    send: {
      kind: 'operation',
      spec: { ...common, method: 'POST', transaction: false, body: form(formSchema) },
      handler: async (context: Context) => {
        assertFromBrowser(context.incoming)
        const sent = context.body as Values & PageQuery
        const { returnTo, token } = sent
        const visit = openVisit(kit, page, context, { returnTo, token })
        return answer(visit, await settle(visit, () => take(visit, sent)), dress)
      },
    },
  }
}

/** An outcome, with the status and the header fields that it is sent with. */
interface Settled {
  readonly visit: Visit
  readonly outcome: Outcome
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
}

async function shown(visit: Visit): Promise<Outcome> {
  const { page, principal } = visit
  if (page.account !== undefined && !principal) return detour(visit, 'sign-in')
  return page.show(visit)
}

async function take(visit: Visit, sent: Values): Promise<Outcome> {
  const { page, principal } = visit
  const name = sent['do'] ?? ''
  const chosen = Object.hasOwn(page.forms, name) ? page.forms[name] : undefined
  if (!chosen) throw new PlinthError('invalid_form', 'There is no such form.', { status: 400 })
  if (page.account !== undefined && !principal) return detour(visit, 'sign-in')
  const filled = Object.entries(sent).filter(([, value]) => value !== '')
  return chosen.send(visit, Object.fromEntries(filled))
}

/** Runs a page's part of the work; what is refused is shown on the page that it was tried on. */
async function settle(visit: Visit, work: () => Promise<Outcome>): Promise<Settled> {
  try {
    return { visit, outcome: await work(), status: 200, headers: {} }
  } catch (error) {
    const way = detourOf(error)
    if (way) return { visit, outcome: detour(visit, way), status: 200, headers: {} }
    // What cannot be shown on its page either is a problem document.
    if (!(error instanceof PlinthError) || !isForPeople(error) || visit.failure) throw error
    return refused(visit, error)
  }
}

/** Errors of the server say nothing to people, but that it is busy. */
function isForPeople({ status }: PlinthError): boolean {
  return status < 500 || status === 503
}

async function refused(visit: Visit, error: PlinthError): Promise<Settled> {
  const values = (visit.context.body ?? {}) as Values
  const failure = toFailure(error, { form: values['do'], values })
  const again = { ...visit, failure }
  const { status, headers = {} } = error
  const settled = await settle(again, () => shown(again))
  return { ...settled, status: RESPONSES[status] ? status : 400, headers }
}

/** Leads somebody who is not signed in (well enough) there, and back to this page afterwards. */
function detour(visit: Visit, way: 'sign-in' | 'again' | 'second-factor'): Outcome {
  const { kit, page } = visit
  const account = page.account !== undefined
  const returnTo = account ? kit.href(page.path) : visit.returnTo
  if (way === 'second-factor') return { to: kit.href('/sign-in/second-factor', { returnTo }) }
  const again = way === 'again' ? 'yes' : undefined
  const done = account ? undefined : 'expired'
  return { to: kit.href('/sign-in', { again, done, returnTo }) }
}

async function answer(
  visit: OpenVisit,
  settled: Settled,
  dress: Dresser,
): Promise<ReturnType<Operation['handler']>> {
  const { outcome, status, headers } = settled
  if (outcome.to !== undefined) {
    return { status: 303, headers: { ...visit.headers, location: outcome.to } }
  }
  const { text: body, headers: dressed } = await dress(settled.visit, outcome)
  return { status, headers: { ...headers, ...visit.headers, ...dressed }, body }
}
