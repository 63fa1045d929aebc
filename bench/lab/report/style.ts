import { Html } from './html.js';

/** Of the Okabe-Ito palette, darker on white and lighter on black, so that each has 3:1 against its ground. */
const light = `
  --paper: #fff; --panel: #f5f6f8; --ink: #1b1f24; --faint: #57606a; --grid: #e3e6ea; --rule: #d0d7de;
  --good: #1a7f37; --bad: #b3261e; --unsure: #7a5b00; --void: #fff1ef;
  --ours-1: #0a5cad; --ours-2: #3d94dd; --ours-3: #123f73; --ours-4: #5b6fd6;
  --rival-1: #c7540a; --rival-2: #00805c; --rival-3: #a64d86; --rival-4: #b88700; --rival-5: #6b4a2b; --rival-6: #b3261e;
  --limit-1: #6e7781; --limit-2: #3d444d;
  --share-1: #3b6ea5; --share-2: #5d8fc4; --share-3: #9dbfe2; --share-4: #27496d; --on-share: #fff;`;

const dark = `
  --paper: #14171b; --panel: #1d2127; --ink: #e8eaed; --faint: #a3adb8; --grid: #2c323a; --rule: #3a424c;
  --good: #58c776; --bad: #ff8f85; --unsure: #e2b93b; --void: #3a1f1d;
  --ours-1: #6db6f7; --ours-2: #3b8fe0; --ours-3: #b4d8fb; --ours-4: #97a5ff;
  --rival-1: #ff9147; --rival-2: #36c99f; --rival-3: #e59cc8; --rival-4: #f0d24a; --rival-5: #c9a27c; --rival-6: #ff8f85;
  --limit-1: #9aa4af; --limit-2: #d0d7de;
  --share-1: #3f73ab; --share-2: #2b557f; --share-3: #7fb0e0; --share-4: #5a6b7d; --on-share: #fff;`;

export const style = new Html(`
:root { color-scheme: light dark; ${light} }
@media screen and (prefers-color-scheme: dark) { :root { ${dark} } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 76rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: break-word; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 0 .5rem; }
h2 { font-size: 1.3rem; line-height: 1.25; margin: 0 0 .5rem; }
h3 { font-size: 1rem; margin: 1.5rem 0 .25rem; }
p { margin: .4rem 0; }
header, footer, p, dl, ol, ul, figure, .warnings, .skipped { max-width: 56rem; }
code { font: .85em ui-monospace, monospace; background: var(--panel); padding: .1em .3em; border-radius: 3px;
  overflow-wrap: anywhere; }
a { color: var(--ours-1); }
.scenario { border-top: 1px solid var(--rule); margin-top: 2.5rem; padding-top: 1.5rem; }
.question { font-size: 1.1rem; }
dl { margin: .5rem 0; }
header { margin-bottom: 2rem; }
dl.facts { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; font-size: .9rem; }
dl.claims { display: grid; grid-template-columns: 6.5rem 1fr; gap: .35rem 1rem; }
dl.names { font-size: .8rem; }
dt { color: var(--faint); } dd { margin: 0; min-width: 0; }
.verdict { font-weight: 600; white-space: nowrap; }
.verdict small { font-weight: 400; color: var(--unsure); }
.yes { color: var(--good); } .no { color: var(--bad); } .open { color: var(--unsure); }
.warnings { border-left: 4px solid var(--unsure); background: var(--panel); padding: .6rem .9rem; margin: 1rem 0;
  font-size: .9rem; }
.warnings.void { border-color: var(--bad); background: var(--void); }
.warnings h3 { margin: 0 0 .3rem; } .warnings ul { margin: .1rem 0 .5rem; padding-left: 1.2rem; }
.skipped { font-size: .9rem; color: var(--faint); }
figure { margin: 1.25rem 0; } figcaption { font-weight: 600; margin-bottom: .35rem; }
figcaption small, .how { display: block; font-weight: 400; font-size: .8rem; color: var(--faint); }
figure svg { display: block; margin-top: .4rem; max-width: 100%; height: auto; }
.narrow { display: none; }
.scroll { overflow-x: auto; margin: .75rem 0; }
table { border-collapse: collapse; font-size: .85rem; min-width: min(100%, 56rem); font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: .35rem .5rem; border-bottom: 1px solid var(--grid); vertical-align: top; }
thead th { color: var(--faint); font-weight: 500; vertical-align: bottom; border-color: var(--rule); }
th:first-child, td.text { text-align: left; } tbody th { font-weight: 600; min-width: 8.5rem; }
tbody th:first-child, thead th:first-child { position: sticky; left: 0; background: var(--paper); }
th.group { font-weight: 600; padding-top: 1rem; border-color: var(--rule); }
th.group span { position: sticky; left: .5rem; }
td { white-space: nowrap; } td.text { white-space: normal; min-width: 10rem; }
td b { font-weight: 600; } td small { display: block; color: var(--faint); font-size: .75rem; }
.swatch { display: inline-block; width: .7em; height: .7em; border-radius: 2px; margin-right: .4em; }
ol.summary { list-style: none; padding: 0; }
ol.summary li { padding: .7rem 0; border-bottom: 1px solid var(--grid); }
footer { border-top: 1px solid var(--rule); margin-top: 2.5rem; padding-top: 1rem; font-size: .85rem; color: var(--faint); }
@media (max-width: 56rem) { .wide { display: none; } .narrow { display: block; } }
@media (max-width: 40rem) {
  body { padding: 1rem .75rem 3rem; }
  dl.facts:not(.names), dl.claims { grid-template-columns: 1fr; gap: 0; } dl.facts:not(.names) dt, dl.claims dt { margin-top: .4rem; font-size: .85rem; }
}
@media print {
  @page { size: A4 landscape; margin: 12mm; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  .wide { display: block; } .narrow { display: none; }
  .scroll { overflow: visible; } td { white-space: normal; } td small { white-space: nowrap; }
  figure, tr, .warnings, ol.summary li { break-inside: avoid; } h2, h3, figcaption { break-after: avoid; }
  table { font-size: 7.5pt; } td small { font-size: 6.5pt; } td, th { padding: .2rem .3rem; } td.text, tbody th { min-width: 0; }
  a { color: inherit; text-decoration: none; }
  * { print-color-adjust: exact; }
}
`);
