/** The page's stylesheet: dense, calm, in the reader's choice of light or dark. */
export const style: string = `
:root {
  color-scheme: light dark;
  --text: light-dark(#1c2430, #dde3eb);
  --soft: light-dark(#566172, #9aa6b5);
  --line: light-dark(#e1e5eb, #29313b);
  --edge: light-dark(#7a8594, #7d899a);
  --page: light-dark(#f6f7f9, #0f1318);
  --raised: light-dark(#ffffff, #161b22);
  --over: light-dark(#eef2f7, #1e2530);
  --link: light-dark(#0b559f, #86bcf6);
  --good: light-dark(#146534, #6fd39a);
  --warn: light-dark(#855000, #e6b450);
  --bad: light-dark(#b0251d, #ff958c);
  --one: light-dark(#2f6fb8, #6aa9ee);
  --two: light-dark(#8f5600, #dca644);
  --three: light-dark(#8a48b8, #c193ec);
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
  font: 14px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
  overflow-y: scroll;
}
:root[data-theme=light] { color-scheme: light }
:root[data-theme=dark] { color-scheme: dark }
* { box-sizing: border-box }
[hidden] { display: none !important }
body { display: grid; grid-template: auto 1fr / 10.5rem minmax(0, 1fr);
  grid-template-areas: "top top" "nav main"; min-height: 100vh; margin: 0;
  background: var(--page); color: var(--text) }
a { color: var(--link); text-decoration: none }
a:hover { text-decoration: underline }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 3px }
h1:focus { outline: none }
noscript { padding: 1rem; grid-area: main }
.skip { position: absolute; left: -99rem; z-index: 3; padding: .5rem .75rem; background: var(--raised) }
.skip:focus { left: .5rem; top: .5rem }

header { grid-area: top; position: sticky; top: 0; z-index: 2; display: flex; gap: 1.5rem;
  align-items: center; min-height: 3rem; padding: .4rem 1.25rem; background: var(--raised);
  border-bottom: 1px solid var(--line) }
.brand { font-size: 1rem; letter-spacing: -.01em }
.figures { display: flex; gap: 1.5rem; margin: 0; padding: 0; list-style: none; color: var(--soft);
  font-variant-numeric: tabular-nums; white-space: nowrap }
.figures b { display: inline-block; min-width: 3.6em; color: var(--text); font-weight: 600 }
.figures .bad b { color: var(--bad) }
.switches { display: flex; gap: .5rem; margin-left: auto }
button, input { font: inherit; color: inherit }
button { padding: .25rem .7rem; border: 1px solid var(--edge); border-radius: 6px;
  background: var(--raised); cursor: pointer; white-space: nowrap }
button:hover { background: var(--over) }
button[aria-pressed=true] { border-color: var(--link); background: var(--over); color: var(--link);
  font-weight: 600 }
.switches button { min-width: 5.2rem }
.theme { min-width: 7.4rem !important }

nav { grid-area: nav; padding: 1rem .75rem; border-right: 1px solid var(--line) }
nav ul { position: sticky; top: 4rem; display: grid; gap: 1px; margin: 0; padding: 0; list-style: none }
nav a { display: block; padding: .35rem .75rem; border-radius: 6px; color: inherit }
nav a:hover { background: var(--over); text-decoration: none }
nav a[aria-current] { background: var(--over); color: var(--link); font-weight: 600 }

main { grid-area: main; min-width: 0; padding: 1rem 1.25rem 3rem }
h1 { margin: 0 0 .75rem; font-size: 1.25rem; line-height: 1.3; overflow-wrap: anywhere }
h3 { margin: 1.25rem 0 .5rem; font-size: .95rem }
.notice { margin: 0 }
.notice.shown { margin: 0 0 .75rem; padding: .45rem .75rem; border: 1px solid var(--warn);
  border-radius: 6px; background: var(--raised) }
.tools { display: flex; flex-wrap: wrap; gap: .5rem .75rem; align-items: center; min-height: 2rem;
  margin-bottom: .75rem }
.tools:empty { display: none }
input[type=search] { flex: 0 1 22rem; min-width: 0; padding: .25rem .6rem; border: 1px solid var(--edge);
  border-radius: 6px; background: var(--raised) }
input::placeholder { color: var(--soft); opacity: 1 }
.choice { display: flex }
.choice button { border-radius: 0; margin-left: -1px }
.choice button:first-child { border-radius: 6px 0 0 6px; margin-left: 0 }
.choice button:last-child { border-radius: 0 6px 6px 0 }
.choice button[aria-pressed=true], .choice button:focus-visible { position: relative; z-index: 1 }
.fresh { border-color: var(--link); color: var(--link); font-variant-numeric: tabular-nums }
.back::before { content: "\\2190\\a0" }
.soft { color: var(--soft) }
.good { color: var(--good) }
.warn { color: var(--warn) }
.bad { color: var(--bad) }
.code, pre, code { font-family: var(--mono); font-size: .93em }
.about { margin: .75rem 0; min-height: 1.45em; overflow-wrap: anywhere }
.stack > .table:not([hidden]) ~ .table { margin-top: 1.5rem }

.table { border: 1px solid var(--line); border-radius: 8px; background: var(--raised); overflow: hidden }
table { width: 100%; table-layout: fixed; border-collapse: collapse; font-variant-numeric: tabular-nums }
caption { padding: .55rem .75rem; text-align: left; font-weight: 600; border-bottom: 1px solid var(--line) }
/* One table alone is named by the heading of the page already. */
.content > div:not(.stack) > .table caption { position: absolute; width: 1px; height: 1px; padding: 0;
  overflow: hidden; clip-path: inset(50%); white-space: nowrap }
th, td { height: 1.9rem; padding: 0 .75rem; text-align: left; overflow: hidden; text-overflow: ellipsis;
  white-space: nowrap; unicode-bidi: isolate }
th, th.code { color: var(--soft); font-weight: 500; font-family: inherit; font-size: .93em;
  border-bottom: 1px solid var(--line) }
th button { padding: 0; border: 0; background: none; color: inherit; font: inherit }
th button:hover { color: var(--text); background: none }
th button:focus-visible { outline-offset: -1px }
th[aria-sort] { color: var(--text) }
th[aria-sort=descending] button::after { content: " \\2193" }
th[aria-sort=ascending] button::after { content: " \\2191" }
tbody tr + tr td { border-top: 1px solid var(--line) }
tbody tr:hover, tbody tr:focus-within { background: var(--over) }
td a { display: block; overflow: hidden; text-overflow: ellipsis; color: inherit }
td a:focus-visible { outline-offset: -2px }
tr:hover td a { color: var(--link) }
.number { text-align: right }
.empty { margin: 0; padding: 1.5rem .75rem; color: var(--soft) }
td svg { display: block; width: 100%; height: 1.25rem }
td svg path { stroke: var(--one); stroke-width: .7; opacity: .8 }

.charts { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: .75rem; margin-bottom: .75rem }
.chart { margin: 0; padding: .55rem .75rem; border: 1px solid var(--line); border-radius: 8px;
  background: var(--raised) }
.chart figcaption { display: flex; justify-content: space-between; gap: .5rem }
.chart strong { font-weight: 600 }
.when { color: var(--soft); font-variant-numeric: tabular-nums }
.plot { position: relative; margin: .4rem 0 .3rem }
.plot svg { display: block; width: 100%; height: 6.5rem; border-bottom: 1px solid var(--line);
  cursor: crosshair }
.grid, .cross { fill: none; vector-effect: non-scaling-stroke }
.grid { stroke: var(--line) }
.cross { stroke: var(--edge) }
.chart path.line, .chart path.dots { stroke: currentColor; stroke-width: 1.6; stroke-linejoin: round;
  stroke-linecap: round; fill: none; vector-effect: non-scaling-stroke }
.chart path.dots { stroke-width: 4 }
.one { color: var(--one) }
.two { color: var(--two) }
.three { color: var(--three) }
.legend { display: flex; gap: 1rem; margin: 0; padding: 0; list-style: none; font-size: .93em }
.legend b { display: inline-block; min-width: 3.6em; color: var(--text); font-weight: 500;
  font-variant-numeric: tabular-nums }

.waterfall { margin: 0; padding: 0; list-style: none; border: 1px solid var(--line); border-radius: 8px;
  background: var(--raised); overflow: hidden }
.waterfall:empty { display: none }
.waterfall li + li { border-top: 1px solid var(--line) }
.waterfall summary { display: grid; grid-template-columns: minmax(0, 2fr) minmax(0, 3fr) 5rem; gap: .75rem;
  align-items: center; height: 1.9rem; padding: 0 .75rem; cursor: pointer; list-style: none }
.waterfall summary::-webkit-details-marker { display: none }
.waterfall summary:hover, .waterfall details[open] summary { background: var(--over) }
.waterfall summary:focus-visible { outline-offset: -2px }
.name { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-family: var(--mono);
  font-size: .93em; unicode-bidi: isolate }
.track { position: relative; height: .7rem; background: var(--over); border-radius: 2px }
.waterfall summary:hover .track, .waterfall details[open] .track { background: var(--line) }
.bar { position: absolute; top: 0; bottom: 0; min-width: 2px; border-radius: 2px; background: var(--one) }
.bar.query { background: var(--two) }
.bar.call { background: var(--three) }
.bar.internal { background: var(--edge) }
.bar.bad { background: var(--bad) }
.bar.line { width: 5px !important; background: var(--soft); border-radius: 50% }
.bar.warn { background: var(--warn) }
.bar.error { background: var(--bad) }
.took { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; color: var(--soft) }
.inside { padding: .25rem .75rem .75rem }
.inside p { margin: .5rem 0 0 }
pre { max-height: 24rem; margin: .5rem 0; padding: .6rem .75rem; overflow: auto; white-space: pre-wrap;
  overflow-wrap: anywhere; border: 1px solid var(--line); border-radius: 6px; background: var(--page);
  unicode-bidi: plaintext }
.pairs { display: grid; grid-template-columns: minmax(8rem, max-content) minmax(0, 1fr); gap: .15rem 1rem;
  margin: .5rem 0; font-family: var(--mono); font-size: .93em }
.pairs dt { color: var(--soft) }
.pairs dd { margin: 0; overflow-wrap: anywhere; white-space: pre-wrap; unicode-bidi: isolate }
.failure p { margin: .25rem 0; overflow-wrap: anywhere }

@media (max-width: 56rem) {
  body { grid-template: auto auto 1fr / minmax(0, 1fr); grid-template-areas: "top" "nav" "main" }
  nav { padding: .35rem .5rem; border-right: 0; border-bottom: 1px solid var(--line); overflow-x: auto }
  nav ul { position: static; display: flex }
  nav a { padding: .4rem .65rem; white-space: nowrap }
  main { padding: .75rem .75rem 3rem }
  .charts { grid-template-columns: minmax(0, 1fr) }
}
@media (max-width: 40rem) {
  header { flex-wrap: wrap; gap: .35rem .75rem; padding: .4rem .75rem }
  .figures { order: 3; width: 100%; gap: 1rem; justify-content: space-between }
  .figures b { min-width: 0 }
  .minor { display: none }
  th, td { padding: 0 .5rem; height: 2.25rem }
  /* What names a row may take two lines; what counts it takes no more than it needs. */
  col.number { width: 5.6rem !important }
  td:first-child { padding-block: .3rem; white-space: normal; overflow-wrap: anywhere }
  td:first-child a { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2 }
  .tools input[type=search] { flex: 1 1 100% }
  button, input[type=search] { min-height: 2.1rem }
  th button { min-height: 1.5rem }
  .waterfall summary { grid-template-columns: minmax(0, 3fr) minmax(0, 2fr) 4.6rem; gap: .4rem; height: 2.25rem }
  .pairs { grid-template-columns: minmax(0, 1fr); gap: 0 }
  .pairs dd { margin-bottom: .35rem }
}
@media (prefers-reduced-motion: no-preference) {
  .skip { transition: left .1s }
}
@media (forced-colors: active) {
  .bar { background: CanvasText }
  .chart path.line, .chart path.dots, td svg path { stroke: CanvasText }
}
`
