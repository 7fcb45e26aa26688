import { type Html, html, type Wire } from '../../http/index.ts'
import type { DeviceEntry } from '../devices/remembered-devices.ts'
import { CODE } from './fields.ts'
import { formView } from './form-view.ts'
import type { Form, Kit, Outcome, Page, Visit } from './page.ts'
import { programOf } from './program.ts'
import { qrView } from './qr-view.ts'
import { timeView } from './time-view.ts'

type Offers = Kit['offers']

/** The page of second factors: the authenticator app, recovery codes, and the devices that need none. */
export function factorsPage(kit: Kit): Page {
  const { totp, recoveryCodes, devices, passkeySecondFactor } = kit.offers
  return {
    path: '/account/second-factor',
    title: 'Second factor',
    account: 'Second factor',
    forms: {
      ...(totp && appForms(kit, totp)),
      ...(recoveryCodes && { codes: codesForm(recoveryCodes) }),
      ...(devices && deviceForms(kit, devices)),
    },
    async show(visit) {
      const { secret, uri } = visit.failure?.form === 'confirm' ? visit.failure.values : {}
      if (secret && uri) return enrolment(visit, { secret, uri })
      const enrolled = await enrolledOf(visit)
      return {
        content: html`<p>A second factor keeps others out who have your password.</p>
${totp && appView(visit, enrolled.includes('totp'))}
${passkeySecondFactor && kit.has('/account/passkeys') && html`<h2>Passkeys</h2><p><a href="${kit.href('/account/passkeys')}">${enrolled.includes('passkey') ? 'Your passkeys count as well' : 'Add a passkey'}</a></p>`}
${recoveryCodes && (await codesView(visit, recoveryCodes))}
${devices && (await devicesView(visit, devices))}`,
      }
    },
  }
}

async function enrolledOf({ kit, context, principal }: Visit): Promise<string[]> {
  const { signIn, database } = kit.services
  const { trace, signal } = context
  return signIn.enrolled(database.systemIn({ trace, signal }), principal?.actor.id ?? '')
}

function appForms(kit: Kit, totp: NonNullable<Offers['totp']>): Record<string, Form> {
  const back = (done: string) => ({ to: kit.href('/account/second-factor', { done }) })
  return {
    enrol: {
      fields: [],
      submit: 'Add an authenticator app',
      send: async (visit) => enrolment(visit, (await visit.ask(totp.enrol, {})).body),
    },
    confirm: {
      fields: [CODE],
      submit: 'Confirm the app',
      async send(visit, { code }) {
        await visit.ask(totp.confirm, { body: { code: code as string } })
        return back('app-added')
      },
    },
    remove: {
      fields: [],
      submit: 'Remove the authenticator app',
      look: 'danger',
      async send(visit) {
        await visit.ask(totp.remove, {})
        return back('app-removed')
      },
    },
  }
}

/** The seed goes back and forth with the form: it is shown once, and a code may be mistyped. */
function enrolment(visit: Visit, { secret, uri }: { secret: string; uri: string }): Outcome {
  return {
    title: 'Add an authenticator app',
    content: html`<p>Scan this with your authenticator app, or <a href="${uri.startsWith('otpauth:') ? uri : ''}">open it on this device</a>.</p>
${qrView(uri, 'The seed for your authenticator app')}
<p class="soft">If neither can be done, type this in: <code class="seed">${secret.replace(/(.{4})(?=.)/g, '$1 ')}</code></p>
<p>Then enter the code that the app shows.</p>
${formView(visit, 'confirm', { hidden: { secret, uri } })}`,
  }
}

function appView(visit: Visit, enrolled: boolean): Html {
  return html`<h2>Authenticator app</h2>
<p>${enrolled ? 'An app is asked for its code when you sign in.' : 'An app on your phone shows a code that changes every half minute.'}</p>
${formView(visit, 'enrol', enrolled ? { submit: 'Use another app' } : {})}
${enrolled && html`<div class="row">${formView(visit, 'remove')}</div>`}`
}

function codesForm(recoveryCodes: NonNullable<Offers['recoveryCodes']>): Form {
  return {
    fields: [],
    submit: 'Make recovery codes',
    look: 'quiet',
    async send(visit) {
      const { codes } = (await visit.ask(recoveryCodes.create, {})).body
      const back = visit.kit.href('/account/second-factor')
      return {
        title: 'Your recovery codes',
        content: html`<p>Each lets you in once when your second factor is lost. They are shown this once: print them, or keep them in a safe place.</p>
<ul class="codes">${codes.map((code) => html`<li>${code}</li>`)}</ul>
<p><a class="button quiet" href="${back}">I have kept them</a></p>`,
      }
    },
  }
}

async function codesView(
  visit: Visit,
  recoveryCodes: NonNullable<Offers['recoveryCodes']>,
): Promise<Html> {
  const { left } = (await visit.ask(recoveryCodes.count, {})).body
  const place = left > 0 ? { submit: 'Make new recovery codes' } : {}
  return html`<h2>Recovery codes</h2>
<p>${left > 0 ? `You have ${left} left. New ones take their place.` : 'For the day when your second factor is lost.'}</p>
${formView(visit, 'codes', place)}`
}

function deviceForms(kit: Kit, devices: NonNullable<Offers['devices']>): Record<string, Form> {
  const back = (done: string) => ({ to: kit.href('/account/second-factor', { done }) })
  return {
    forget: {
      fields: [],
      submit: 'Forget',
      look: 'quiet',
      async send(visit, { id = '' }) {
        await visit.ask(devices.forget, { params: { id } })
        return back('device-forgotten')
      },
    },
    forgetAll: {
      fields: [],
      submit: 'Forget all devices',
      look: 'danger',
      async send(visit) {
        await visit.ask(devices.forgetAll, {})
        return back('devices-forgotten')
      },
    },
  }
}

async function devicesView(visit: Visit, devices: NonNullable<Offers['devices']>): Promise<Html> {
  const { items } = (await visit.ask(devices.list, {})).body
  return html`<h2>Known devices</h2>
<p class="soft">A device that is forgotten asks for the second factor again.</p>
<ul class="items">${items.map((device) => deviceView(visit, device))}</ul>
${items.length > 1 && formView(visit, 'forgetAll')}`
}

function deviceView(visit: Visit, device: Wire<DeviceEntry>): Html {
  const { id, userAgent, address, lastSeenAt, trustedUntil, current } = device
  const program = programOf(userAgent)
  return html`<li><div><p><strong>${program}</strong>${current && html` <span class="tag">This device</span>`}</p>
<p class="soft">${address ?? 'Unknown address'} · last signed in ${timeView(lastSeenAt)}${
    trustedUntil !== null && html` · no second factor until ${timeView(trustedUntil)}`
  }</p></div>${formView(visit, 'forget', { hidden: { id }, about: program })}</li>`
}
