import type { FailureShown, Pairs } from '../wire.ts'
import type { PageElement } from './browser.ts'
import type { Dom } from './dom.ts'
import type { Format } from './format.ts'
import type { Cell } from './table.ts'
import type { Use, Visit } from './visit.ts'

/** What several views are put together from. */
export interface Pieces {
  readonly use: Use
  /** A field that narrows what is shown; what is typed stands in the address. */
  search(visit: Visit, label: string, changed: () => void): PageElement
  /** Choices of which one holds, the first by default. */
  choice(
    visit: Visit,
    options: {
      readonly name: string
      readonly label: string
      readonly values: readonly (readonly [value: string, label: string])[]
    },
    changed: () => void,
  ): PageElement
  /** A time of day, with the whole of it in UTC for who points there. */
  time(at: number): Cell
  /** How long ago, with the whole of it in UTC. */
  ago(at: number, now: number): Cell
  status(code: number): Cell
  pairs(pairs: Pairs): PageElement
  code(text: string): PageElement
  failure(failure: FailureShown): PageElement
  /** A test of rows by what was typed. */
  matcher(typed: string): (...texts: readonly (string | number | null)[]) => boolean
}

/** Runs in the browser, sent as its own source: it may use nothing from outside itself. */
export function createPieces({ el, set }: Dom, format: Format): Pieces {
  const pieces: Pieces = {
    use(reply, show) {
      if (!reply.ok) return { trouble: reply.trouble, server: undefined }
      show(reply.answer)
      return { trouble: undefined, server: reply.answer.server }
    },
    search,
    choice,
    time: (at) => ({ text: format.clock(at), title: format.utc(at) }),
    ago: (at, now) => ({ text: format.ago(at, now), title: format.utc(at) }),
    status: (code) => ({
      text: String(code),
      tone: code >= 500 ? 'bad' : code >= 400 ? 'warn' : 'soft',
    }),
    pairs: (pairs) =>
      el(
        'dl',
        { class: 'pairs' },
        ...pairs.flatMap(([name, value]) => [el('dt', {}, name), el('dd', {}, value)]),
      ),
    code: (text) => el('pre', { tabindex: 0 }, el('code', {}, text)),
    failure,
    matcher(typed) {
      const words = typed.toLowerCase().split(' ').filter(Boolean)
      return (...texts) => {
        const text = texts.join(' ').toLowerCase()
        return words.every((word) => text.includes(word))
      }
    },
  }
  return pieces

  function search(visit: Visit, label: string, changed: () => void): PageElement {
    const field = el('input', {
      type: 'search',
      placeholder: label,
      'aria-label': label,
      autocomplete: 'off',
      spellcheck: 'false',
      maxlength: 200,
    })
    field.value = visit.get('search')
    let timer: ReturnType<typeof setTimeout> | undefined
    field.addEventListener('input', () => {
      clearTimeout(timer)
      timer = setTimeout(() => {
        visit.put('search', field.value.trim())
        changed()
      }, 200)
    })
    return field
  }

  function choice(
    visit: Visit,
    { name, label, values }: Parameters<Pieces['choice']>[1],
    changed: () => void,
  ): PageElement {
    const buttons = values.map(([value, text]) => {
      const button = el('button', { type: 'button' }, text)
      button.addEventListener('click', () => {
        visit.put(name, value === values[0]?.[0] ? '' : value)
        mark()
        changed()
      })
      return button
    })
    mark()
    return el('div', { class: 'choice', role: 'group', 'aria-label': label }, ...buttons)

    function mark(): void {
      const chosen = visit.get(name) || values[0]?.[0]
      values.forEach(([value], at) => {
        set(buttons[at] as PageElement, { 'aria-pressed': String(value === chosen) })
      })
    }
  }

  function failure({ type, message, place, stack, cause }: FailureShown): PageElement {
    return el(
      'div',
      { class: 'failure' },
      el('p', {}, el('strong', { class: 'bad' }, type), ' ', message),
      place !== '' && el('p', { class: 'soft code' }, place),
      stack !== '' && pieces.code(stack),
      cause !== null && el('h3', {}, 'Caused by'),
      cause !== null && failure(cause),
    )
  }
}
