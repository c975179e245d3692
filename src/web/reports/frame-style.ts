import { createHash } from 'node:crypto';
import { REPORT_STYLE } from '../../report/html-style.ts';

/** What stands around a report on a screen; nothing of it is printed. */
export const FRAME_STYLE = `
.frame { border: 1px solid var(--line); background: var(--soft); border-radius: .4rem; padding: .5rem .9rem; margin-bottom: 1.5rem; font-size: .9rem; }
.frame ul { list-style: none; display: flex; flex-wrap: wrap; gap: .1rem 1.1rem; margin: .25rem 0; padding: 0; }
.frame li { margin: 0; }
.frame a { color: inherit; display: inline-block; padding: .15rem 0; }
.frame [aria-current] { font-weight: 600; text-decoration: none; }
.frame .aside { color: var(--dim); }
.frame .end { margin-left: auto; }
.skip { position: absolute; left: -100vw; } .skip:focus { left: 1rem; top: .5rem; background: var(--ground); color: var(--ink); padding: .25rem .5rem; }
:focus-visible { outline: 3px solid #2f6feb; outline-offset: 2px; }
@media print { .frame, .skip { display: none; } }
`;

const hashOf = (style: string): string => `'sha256-${createHash('sha256').update(style).digest('base64')}'`;

/** As of the report itself, and the sheet above. */
export const FRAME_CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `style-src ${hashOf(REPORT_STYLE)} ${hashOf(FRAME_STYLE)}`,
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');
