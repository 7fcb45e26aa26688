import type { PagesSettings } from './settings.ts'

/**
 * The stylesheet of the pages. Everything that a team may want otherwise is a custom property, which a
 * stylesheet of its own can set on `:root`.
 */
export function styleOf({ accent }: Pick<PagesSettings, 'accent'>): string {
  return `:root{--accent:${accent};--on-accent:${textOn(accent)}}${STYLE}`
}

/** Black or white, whichever is easier to read on a colour (WCAG 2.2, relative luminance). */
function textOn(colour: string): string {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
  const luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
  return 1.05 / (luminance + 0.05) >= (luminance + 0.05) / 0.05 ? '#ffffff' : '#000000'
}

const STYLE = `
:root {
  color-scheme: light dark;
  --text: light-dark(#1b2330, #e3e8ef);
  --soft: light-dark(#556070, #a3aebd);
  --line: light-dark(#d5dbe3, #333d4a);
  --field: light-dark(#737e8c, #7d899a);
  --page: light-dark(#f4f6f9, #0f1318);
  --raised: light-dark(#ffffff, #171d25);
  --link: light-dark(#0b559f, #82b9f4);
  --bad: light-dark(#a5221b, #ff9a92);
  --bad-back: light-dark(#fdf0ef, #331a1a);
  --good: light-dark(#116333, #6fd79b);
  --good-back: light-dark(#edf8f1, #14281d);
  --radius: .5rem;
  --font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
  --narrow: 25rem;
  --wide: 44rem;
}
* { box-sizing: border-box }
html { -webkit-text-size-adjust: 100% }
body { margin: 0; padding: 1.5rem 1rem 3rem; background: var(--page); color: var(--text);
  font: var(--font); overflow-wrap: anywhere }
body > * { max-width: var(--narrow); margin-inline: auto }
.wide > * { max-width: var(--wide) }
.top { margin-bottom: 1rem }
.top a { display: inline-flex; gap: .6rem; align-items: center; color: inherit; font-weight: 600;
  text-decoration: none }
.top img { display: block; border-radius: .25rem }
main { padding: 1.5rem; border: 1px solid var(--line); border-radius: calc(var(--radius) * 1.5);
  background: var(--raised) }
@media (max-width: 30rem) { main { padding: 1.25rem 1rem } body { padding-top: 1rem } }
h1 { margin: 0 0 1rem; font-size: 1.5rem; line-height: 1.25; text-wrap: balance }
h2 { margin: 2rem 0 .5rem; font-size: 1.1rem; line-height: 1.3 }
p { margin: 0 0 1rem }
a { color: var(--link); text-underline-offset: .15em }
small, .soft, .hint { color: var(--soft) }
.hint, .soft { font-size: .9rem }
nav { margin-bottom: 1rem }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem; margin: 0; padding: 0; list-style: none }
nav a { display: block; padding: .4rem .7rem; border-radius: var(--radius); color: inherit;
  text-decoration: none }
nav a:hover { background: var(--raised) }
nav a[aria-current] { background: var(--raised); box-shadow: inset 0 0 0 1px var(--line);
  font-weight: 600 }
main > :last-child { margin-bottom: 0 }
form { margin: 0 }
form.main + form.main { margin-top: 2rem }
.wide form.main { max-width: var(--narrow) }
.field { margin-bottom: 1rem }
.field label { display: block; margin-bottom: .25rem; font-weight: 600 }
.field label small { font-weight: normal }
.field .hint, .field .error { margin: 0 0 .25rem }
.error { color: var(--bad); font-size: .9rem; font-weight: 600 }
input:not([type=checkbox]) { width: 100%; min-height: 2.75rem; padding: .5rem .75rem;
  border: 1px solid var(--field); border-radius: var(--radius); background: var(--page);
  color: inherit; font: inherit }
input.code { max-width: 14rem; font: 1.25rem/1.4 ui-monospace, monospace; letter-spacing: .15em }
input[aria-invalid] { border-color: var(--bad); box-shadow: 0 0 0 1px var(--bad) }
.check { display: flex; gap: .6rem; align-items: center }
.check label { margin: 0; font-weight: normal }
.check input { flex: none; width: 1.25rem; height: 1.25rem; accent-color: var(--accent) }
.secret { display: flex; gap: .5rem }
.secret input { flex: 1 1 0; min-width: 0 }
button, .button { display: inline-block; min-height: 2.75rem; padding: .5rem 1rem;
  border: 1px solid transparent; border-radius: var(--radius); background: var(--accent);
  color: var(--on-accent); font: inherit; font-weight: 600; text-align: center;
  text-decoration: none; cursor: pointer }
button:hover, .button:hover { filter: brightness(1.08) }
button:disabled { opacity: .6; cursor: default }
form.main > button, .choice button, .choice .button { width: 100% }
.wide form.main > button { width: auto }
button.quiet, button.reveal, .button.quiet { border-color: var(--field); background: transparent;
  color: inherit }
button.danger { border-color: var(--bad); background: transparent; color: var(--bad) }
[hidden] { display: none !important }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px }
.notice, .summary { margin: 0 0 1rem; padding: .75rem 1rem; border-left: .3rem solid var(--good);
  border-radius: .25rem; background: var(--good-back) }
.summary { border-color: var(--bad); background: var(--bad-back) }
.summary p { margin: 0; font-weight: 600 }
.summary ul { margin: .25rem 0 0; padding-left: 1.2rem }
.summary a { color: var(--bad) }
.choice { display: grid; gap: .6rem; margin: 1rem 0 }
.links { margin: 1.25rem 0 0; padding: 0; list-style: none }
.links li + li { margin-top: .5rem }
.items { margin: 0 0 1rem; padding: 0; list-style: none }
.items > li { display: flex; flex-wrap: wrap; gap: .5rem 1rem; justify-content: space-between;
  align-items: center; padding: .9rem 0; border-top: 1px solid var(--line) }
.items > li > div { flex: 1 1 14rem; min-width: 0 }
.items p { margin: 0 }
.tag { margin-left: .4rem; padding: .1rem .5rem; border-radius: 1rem; background: var(--good-back);
  color: var(--good); font-size: .8rem; font-weight: 600; white-space: nowrap }
details > summary { width: fit-content; margin-top: .25rem; font-size: .9rem; cursor: pointer }
details form { margin-top: .5rem }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .4rem 1.25rem; margin: 0 0 1rem }
dt { color: var(--soft) }
dd { margin: 0 }
.codes { columns: 15rem 2; margin: 0 0 1rem; padding: 1rem; border-radius: var(--radius);
  background: var(--page); list-style: none }
.codes, .seed { font: 1rem/1.8 ui-monospace, monospace }
.seed { letter-spacing: .05em }
.seed { display: block; padding: .75rem 1rem; border-radius: var(--radius); background: var(--page);
  user-select: all }
.qr { display: block; width: 14rem; max-width: 100%; margin: 0 0 1rem; border-radius: var(--radius) }
.row { display: flex; flex-wrap: wrap; gap: .6rem; align-items: center; margin: 1rem 0 0 }
footer { display: flex; flex-wrap: wrap; gap: .5rem 1.25rem; margin-top: 1.25rem; font-size: .9rem }
footer a { color: var(--soft) }
@media (prefers-reduced-motion: no-preference) { button { transition: filter .15s } }
`
