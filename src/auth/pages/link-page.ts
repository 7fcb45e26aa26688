import { html } from '../../http/index.ts'
import { EMAIL } from './fields.ts'
import { formView } from './form-view.ts'
import { tokenOf, withoutToken } from './link-token.ts'
import { onward } from './onward.ts'
import type { Kit, Page } from './page.ts'

/** The page that a magic link is asked for at, and leads to. Its button spends the link. */
export function linkPage(kit: Kit, magicLink: NonNullable<Kit['offers']['magicLink']>): Page {
  const { confirmMagicLink } = kit.offers
  return {
    path: '/sign-in/link',
    title: 'Sign in with a link',
    forms: {
      ask: {
        fields: [EMAIL],
        submit: 'Send a link',
        async send(visit, { email }) {
          await visit.ask(magicLink, { body: { email: email as string } })
          return { to: kit.href('/sign-in/link', { done: 'link-sent' }) }
        },
      },
      ...(confirmMagicLink && {
        enter: {
          fields: [],
          submit: 'Sign in',
          async send(visit) {
            return onward(
              visit,
              await visit.ask(confirmMagicLink, { body: { token: tokenOf(visit) } }),
            )
          },
        },
      }),
    },
    show(visit) {
      const { returnTo, query, failure } = visit
      const back = html`<ul class="links"><li><a href="${kit.href('/sign-in', { returnTo })}">Back to sign-in</a></li></ul>`
      if (query.done !== undefined && !failure) {
        return { title: 'Look into your mail', content: back }
      }
      if (query.token === undefined) {
        return {
          content: html`<p>We send a link to your address that signs you in, once.</p>
${formView(visit, 'ask')}${back}`,
        }
      }
      const dead = withoutToken(visit, kit.href('/sign-in/link'))
      if (dead) return dead
      return {
        title: 'Sign in',
        content: html`<p>The link is good. One more click, and you are in.</p>
${formView(visit, 'enter', { hidden: { token: tokenOf(visit) } })}${back}`,
      }
    },
  }
}
