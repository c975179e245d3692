import { createHash } from 'node:crypto';
import { FIELD_STYLE } from '../field-style.ts';
import { STYLE } from '../style.ts';

/** The pages' style, and what forms and lists of entries need beside it. */
export const FORM_STYLE = `${STYLE}${FIELD_STYLE}
nav ul { list-style: none; display: flex; flex-wrap: wrap; gap: .25rem 1rem; margin: 0; padding: 0; }
nav [aria-current] { font-weight: 600; text-decoration: none; }
header { justify-content: space-between; }
.who { display: flex; flex-wrap: wrap; gap: .25rem 1rem; align-items: center; }
form.fields { display: grid; grid-template-columns: minmax(0, 1fr); gap: 1rem; max-width: 36rem; }
.field { display: grid; grid-template-columns: minmax(0, 1fr); gap: .2rem; }
.buttons { display: flex; flex-wrap: wrap; gap: .75rem; align-items: center; }
h2 .dim, h3 .dim { font-weight: 400; }
main > h1 { margin-bottom: .75rem; }
.plain { background: none; border: 0; text-decoration: underline; padding: .2rem; }
ul.entries { list-style: none; margin: 0; padding: 0; }
ul.entries > li { border-top: 1px solid var(--line); padding: .75rem 0; }
ul.entries h3 { margin: 0; color: inherit; font-size: 1rem; }
.acts { display: flex; flex-wrap: wrap; gap: .25rem 1rem; }
.notice { border-left: 4px solid var(--good); } .notice.bad { border-left-color: var(--bad); color: inherit; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; min-width: 34rem; overflow-wrap: normal; }
caption { text-align: left; font-weight: 600; padding: .5rem 0; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem .3rem 0; border-top: 1px solid var(--line); font-weight: inherit; }
td.figure { font-variant-numeric: tabular-nums; white-space: nowrap; }
tr.changed td, tr.changed th { font-weight: 600; }
@media (max-width: 40rem) { table.stacked { min-width: 0; } .stacked, .stacked tbody, .stacked tr, .stacked th, .stacked td { display: block; border: 0; padding: 0; }
  .stacked td.figure { white-space: normal; } .stacked caption { display: block; } .stacked tbody tr { border-top: 1px solid var(--line); padding: .35rem 0; } .stacked td::before { content: attr(data-label) " "; color: var(--dim); font-weight: 400; }
  .stacked thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); } }
pre { overflow-x: auto; background: var(--ground); padding: .75rem; border: 1px solid var(--line); }
`;

/** As of the other pages, but that a form goes back to where it came from. */
export const FORM_CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(FORM_STYLE).digest('base64')}'`,
  'img-src data:',
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');
