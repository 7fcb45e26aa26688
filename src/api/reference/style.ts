/** The page's own style: its colours follow the reader's choice of light or dark. */
export const style: string = `
:root {
  color-scheme: light dark;
  --text: light-dark(#1d2430, #dfe4ec);
  --soft: light-dark(#5c6675, #98a3b3);
  --line: light-dark(#dfe3ea, #2c3440);
  --page: light-dark(#ffffff, #12161c);
  --raised: light-dark(#f6f8fa, #1a2029);
  --link: light-dark(#0b5cad, #7db8f5);
  --green: light-dark(#14713c, #5fcf8f);
  --amber: light-dark(#8a5a00, #e3b341);
  --red: light-dark(#b3261e, #ff8f87);
  --violet: light-dark(#6239b8, #b99bff);
  font: 16px/1.5 system-ui, sans-serif;
}
* { box-sizing: border-box }
body { margin: 0; background: var(--page); color: var(--text) }
a { color: var(--link); text-decoration: none }
a:hover { text-decoration: underline }
code, pre, textarea, output, .path, td.place { font: 0.875rem/1.5 ui-monospace, monospace }
nav { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; padding: .75rem 1rem;
  border-bottom: 1px solid var(--line); background: var(--raised) }
nav input { flex: 1 1 12rem; max-width: 24rem }
main { padding: 1rem; max-width: 60rem }
h1 { margin: .5rem 0; font-size: 1.75rem }
h1 small { color: var(--soft); font-size: 1rem; font-weight: normal }
h2 { margin: 2rem 0 .5rem; font-size: 1.25rem }
h4 { margin: 1.25rem 0 .25rem; font-size: .8rem; color: var(--soft); text-transform: uppercase;
  letter-spacing: .05em }
p { margin: .25rem 0 }
.prose { white-space: pre-line }
.operation { border: 1px solid var(--line); border-radius: .5rem; margin: .5rem 0; overflow: hidden }
summary { cursor: pointer }
.operation > summary { display: flex; flex-wrap: wrap; gap: .25rem .75rem; align-items: baseline;
  padding: .6rem .75rem; list-style: none }
.operation > summary::-webkit-details-marker { display: none }
.operation[open] > summary, .operation > summary:hover { background: var(--raised) }
.body { padding: .25rem 1rem 1rem }
.method { min-width: 4.2rem; font: 600 .8rem ui-monospace, monospace; color: var(--link) }
.method.post { color: var(--green) }
.method.patch, .method.put { color: var(--amber) }
.method.delete { color: var(--red) }
.path { overflow-wrap: anywhere; font-weight: 600 }
.summary, .notes, .optional, .place, .media, .schema p, td p { color: var(--soft) }
.tag { padding: 0 .4rem; border: 1px solid var(--amber); border-radius: .375rem; color: var(--amber);
  font-size: .75rem }
:focus-visible { outline: 2px solid var(--link); outline-offset: 1px }
table { width: 100%; border-collapse: collapse }
td { padding: .3rem .75rem .3rem 0; border-top: 1px solid var(--line); vertical-align: top;
  overflow-wrap: anywhere }
td:first-child { overflow-wrap: break-word }
td.place { white-space: nowrap }
.type { color: var(--violet); font-size: .875rem }
.notes, .schema p, td p { font-size: .875rem }
.schema { padding: .25rem 0 }
.schema ul { margin: .25rem 0 0; padding: 0 0 0 .9rem; list-style: none;
  border-left: 1px solid var(--line) }
.response { margin: .25rem 0 }
.response > summary { margin-left: -.25rem; padding-left: 1.15rem; text-indent: -1.15rem }
div.response { padding-left: .9rem }
.media { font-size: .8rem; display: inline-block; margin-left: .5rem }
.status { display: inline-block; min-width: 4.2rem; text-indent: 0; color: var(--soft);
  font: 600 .875rem ui-monospace, monospace }
.status.s2 { color: var(--green) }
.status.s4 { color: var(--amber) }
pre, output { display: block; margin: .25rem 0; padding: .75rem; border-radius: .375rem;
  background: var(--raised); white-space: pre-wrap; overflow-wrap: anywhere }
output:empty { display: none }
form { margin-top: .75rem }
label { display: block; margin: .5rem 0; font-size: .875rem; color: var(--soft) }
input, textarea { width: 100%; padding: .4rem .5rem; border: 1px solid var(--line);
  border-radius: .375rem; background: var(--page); color: var(--text); font-size: 1rem }
label input { display: block; max-width: 30rem }
textarea { display: block }
input[type=file] { border: 0; padding: .4rem 0; font-size: .875rem }
button { padding: .4rem 1.25rem; border: 0; border-radius: .375rem; background: var(--link);
  color: var(--page); font: inherit; cursor: pointer }
@media (min-width: 64rem) {
  body { display: grid; grid-template-columns: 15rem 1fr }
  nav { flex-direction: column; align-items: stretch; flex-wrap: nowrap; position: sticky; top: 0;
    height: 100vh; overflow: auto; border: 0; border-right: 1px solid var(--line) }
  nav input { flex: none }
  main { padding: 1rem 2rem }
}
`
