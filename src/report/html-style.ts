import { createHash } from 'node:crypto';

/** The one style sheet of a printed report: A4, black on white; on a screen light or dark, one column on a phone. */
export const REPORT_STYLE = `
:root { color-scheme: light dark; --ink: #16191d; --dim: #545d67; --ground: #fff; --line: #c9cfd6; --soft: #f2f4f6;
  --met: #17692f; --missed: #b3182a; --open: #7a5200; --bar: #3d6fa8; --mark: var(--missed); }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 60rem; padding: 2rem 1.5rem; color: var(--ink); background: var(--ground);
  font: .95rem/1.5 "Noto Sans CJK SC", "Source Han Sans SC", "PingFang SC", "Microsoft YaHei", system-ui, sans-serif; overflow-wrap: anywhere; }
body:lang(en) { font-family: system-ui, "Noto Sans", "Segoe UI", "Noto Sans CJK SC", sans-serif; }
header { border-bottom: 2px solid var(--ink); margin-bottom: 1.25rem; padding-bottom: .75rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0; }
header p { font-size: 1.1rem; margin: .25rem 0 0; color: var(--dim); }
h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; padding-bottom: .15rem; border-bottom: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 1.25rem 0 .4rem; }
p { margin: .5rem 0; }
ul { margin: .5rem 0; padding-left: 1.25rem; }
li { margin: .25rem 0; }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .15rem 1.25rem; margin: .5rem 0; }
dt { color: var(--dim); }
dd { margin: 0; font-variant-numeric: tabular-nums; }
table { border-collapse: collapse; width: 100%; margin: .6rem 0; font-size: .875rem; }
th, td { text-align: left; vertical-align: top; padding: .3rem .5rem; border-bottom: 1px solid var(--line); font-weight: inherit; }
th, td { overflow-wrap: break-word; }
.date { white-space: nowrap; }
thead th { font-weight: 600; word-break: keep-all; border-bottom: 2px solid var(--ink); vertical-align: bottom; }
th:first-child, td:first-child { padding-left: 0; }
th:last-child, td:last-child { padding-right: 0; }
td.figure, th.figure { text-align: right; font-variant-numeric: tabular-nums; overflow-wrap: normal; }
td.figure { white-space: nowrap; }
tr.part th { padding-left: 1.25rem; }
tr.total th, tr.total td { font-weight: 600; border-top: 1px solid var(--ink); }
.more { display: block; color: var(--dim); font-weight: normal; }
.foreign, .more { overflow-wrap: anywhere; }
.quoted { font-family: ui-monospace, "Noto Sans Mono CJK SC", Consolas, monospace; font-size: .92em; overflow-wrap: anywhere; }
.verdict { font-weight: 600; white-space: nowrap; }
.met { color: var(--met); } .missed { color: var(--missed); } .open { color: var(--open); } .no-data { color: var(--dim); }
.notice { border: 2px solid var(--open); padding: .6rem .9rem; margin: 1rem 0; font-weight: 600; }
figure { margin: .75rem 0; overflow-x: auto; }
figure svg { display: block; width: 100%; min-width: 36rem; height: auto; }
figcaption { color: var(--dim); font-size: .85rem; }
svg:not(.chart) text { fill: currentColor; font-size: 11px; } svg .small { font-size: 9.5px; } svg .strong { font-weight: 700; }
svg .strip-good { fill: none; stroke: var(--line); } svg .strip-down { fill: var(--missed); }
svg .strip-excluded, svg .strip-unmeasured { stroke: var(--ink); stroke-width: .5; }
svg .strip-to-come { fill: var(--soft); stroke: var(--line); stroke-dasharray: 2 2; }
svg .hatch { stroke: var(--ink); stroke-width: .9; fill: none; } svg .dot { fill: var(--ink); }
.signatures { display: grid; grid-template-columns: 1fr 1fr; gap: 1.5rem 3rem; margin-top: 1.5rem; }
.signatures div { display: grid; gap: 1.1rem; }
.signatures b { font-size: 1rem; }
.signatures span, .remarks span { display: block; border-bottom: 1px solid var(--ink); padding-bottom: .2rem; min-height: 2.2rem; color: var(--dim); }
.remarks { margin-top: 1.25rem; } .remarks span + span { min-height: 2.4rem; }
@media screen and (prefers-color-scheme: dark) {
  :root { --ink: #e4e8ed; --dim: #a0abb6; --ground: #14181d; --line: #3a434d; --soft: #1f252c;
    --met: #57cc78; --missed: #ff8078; --open: #e0b552; --bar: #6ea3dd; }
}
@media screen and (max-width: 44rem) {
  body { padding: 1rem; }
  h1 { font-size: 1.35rem; }
  dl { grid-template-columns: minmax(0, 1fr); gap: 0; } dd { margin-bottom: .4rem; }
  table, tbody, tr, th, td { display: block; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  tr { border-bottom: 1px solid var(--line); padding: .5rem 0; }
  tbody th, tbody td, td.figure { white-space: normal; border: 0; padding: .1rem 0; text-align: left; }
  tbody th { font-weight: 600; }
  tr.part { padding-left: 1rem; } tr.part th { padding-left: 0; font-weight: inherit; }
  td { display: grid; grid-template-columns: 7.5rem minmax(0, 1fr); gap: 0 .75rem; }
  td::before { content: attr(data-label); color: var(--dim); grid-row: span 2; }
  td:empty { display: none; }
  .more { grid-column: 2; }
  .signatures { grid-template-columns: minmax(0, 1fr); }
}
@page { size: A4; margin: 16mm 15mm 18mm; @bottom-right { content: counter(page) " / " counter(pages); font-size: 9pt; } }
@page draft-zh { @top-right { content: "草稿，不供签署"; font-size: 9pt; } }
@page draft-en { @top-right { content: "Draft, not for signature"; font-size: 9pt; } }
@media print {
  .draft:lang(zh) { page: draft-zh; } .draft:lang(en) { page: draft-en; }
  :root { color-scheme: light; --ink: #000; --dim: #333; --ground: #fff; --line: #999; --soft: #fff;
    --met: #000; --missed: #000; --open: #000; --bar: #555; }
  html { font-size: 9.5pt; }
  body { max-width: none; padding: 0; font-size: 1rem; line-height: 1.4; }
  h1 { font-size: 1.9rem; }
  thead { display: table-header-group; }
  h2, h3, figcaption { break-after: avoid; }
  tr, li, figure, dl, .notice, .signatures, .remarks { break-inside: avoid; }
  figure { overflow: visible; } figure svg { min-width: 0; }
  p { orphans: 3; widows: 3; }
}
`;

/** For whoever serves a report: nothing is loaded, no script runs, of styles only the one above. */
export const REPORT_CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(REPORT_STYLE).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');
