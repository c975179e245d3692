import { createHash } from 'node:crypto';

/** The pages' one style sheet: light and dark by the reader's system, one column on a phone. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1b2026; --dim: #59636e; --ground: #f6f7f9; --card: #fff; --line: #d9dee4;
  --good: #1a7f37; --bad: #c21f2e; --unmeasured: #7a5d00; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaef; --dim: #9aa5b1; --ground: #101418; --card: #181d23; --line: #2c343d;
  --good: #4ac26b; --bad: #ff7b72; --unmeasured: #d9b24c; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 1rem; color: var(--ink); background: var(--ground);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.25rem; margin: 0; }
h2 { font-size: 1.1rem; margin: 0 0 .5rem; }
h3 { font-size: .8rem; margin: 1rem 0 .25rem; color: var(--dim); font-weight: 600; }
header { display: flex; flex-wrap: wrap; gap: .25rem 1rem; align-items: baseline; margin-bottom: 1rem; }
p { margin: .25rem 0; }
a { color: inherit; }
.skip { position: absolute; left: -100vw; } .skip:focus { left: 1rem; top: .5rem; background: var(--card); padding: .25rem .5rem; z-index: 1; }
:focus-visible { outline: 3px solid #2f6feb; outline-offset: 2px; }
.dim { color: var(--dim); }
.card, .banner { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: 1rem; margin-bottom: 1rem; }
.banner { border: 2px solid var(--unmeasured); }
.banner ul { margin: .25rem 0 0; padding-left: 1.25rem; }
.good { color: var(--good); } .bad { color: var(--bad); } .unmeasured, .warn { color: var(--unmeasured); }
.state { font-weight: 600; white-space: nowrap; }
ul.rows { list-style: none; margin: 0; padding: 0; }
ul.rows > li { display: grid; grid-template-columns: 7.5rem minmax(0, 14rem) minmax(0, 1fr); gap: 0 1rem; padding: .4rem 0; border-top: 1px solid var(--line); }
ul.rows .words { grid-column: 2 / -1; }
ul.events > li { grid-template-columns: 7.5rem minmax(0, 1fr); }
time, .figure { font-variant-numeric: tabular-nums; }
@media (max-width: 40rem) { ul.rows > li, ul.events > li { grid-template-columns: minmax(0, 1fr); } ul.rows .words { grid-column: 1; } }
`;

/** Nothing is loaded from anywhere, no script runs, and of styles only the one above: its hash stands in the policy. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');
