import { createHash } from 'node:crypto';
import { STYLE } from '../style.ts';

/** The sheet of all pages and what these add: bars and charts, the row of days, figures side by side. */
export const PAGE_STYLE = `${STYLE}
:root { --fault: #c21f2e; --spent: #8a5a00; --mark: #c21f2e; --soft: #e8ebef; --bar: #2f6ea8; }
@media (prefers-color-scheme: dark) { :root { --fault: #ff7b72; --spent: #d9b24c; --mark: #ff7b72; --soft: #272f38; --bar: #79b0e8; } }
@media (min-width: 90rem) { body { max-width: 100rem; } main.wall { display: grid; grid-template-columns: repeat(auto-fit, minmax(42rem, 1fr)); gap: 0 1rem; align-items: start; }
  main.wall > .wide { grid-column: 1 / -1; } }
section.summary h2 { margin: 0; font-size: 1.35rem; } section.summary a { color: inherit; }
header nav { margin-left: auto; display: flex; flex-wrap: wrap; gap: 0 1rem; }
header h1 a { text-decoration: none; }
.who button { font: inherit; color: inherit; background: none; border: 0; padding: .2rem; text-decoration: underline; cursor: pointer; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
[hidden] { display: none; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; font-weight: inherit; padding: .3rem .75rem .3rem 0; vertical-align: top; border-top: 1px solid var(--line); }
thead th { color: var(--dim); font-size: .8rem; border: 0; }
tbody th, th time, td time, ul.failures time { white-space: nowrap; }
@media (min-width: 40.01rem) { ul.failures > li { grid-template-columns: 14rem minmax(0, 14rem) minmax(0, 1fr); } }
figure { margin: .5rem 0; }
svg { display: block; width: 100%; max-width: 48rem; height: auto; }
ul.rows svg { max-width: 28rem; }
thead th { overflow-wrap: normal; }
svg text { fill: var(--ink); font-size: 11px; font-family: system-ui, sans-serif; }
svg .dim-text { fill: var(--dim); }
svg .track { fill: none; stroke: var(--dim); } svg .down { fill: var(--fault); } svg .bounds { fill: var(--fault); opacity: .45; }
svg .hatch { stroke: var(--unmeasured); stroke-width: 1.4; fill: none; } svg .dot { fill: var(--dim); }
svg .limit { stroke: var(--ink); stroke-width: 2; } svg .mark { stroke: var(--mark); stroke-dasharray: 4 3; stroke-width: 1.5; }
svg .axis { stroke: var(--dim); } svg .bar { fill: var(--bar); } svg .whole { fill: var(--soft); } svg .hop { fill: var(--soft); stroke: var(--dim); }
ol.days { list-style: none; margin: .5rem 0; padding: 0; display: grid; grid-template-columns: repeat(auto-fill, minmax(1.75rem, 1fr)); gap: .2rem; }
ol.days a { display: block; text-align: center; text-decoration: none; border: 1px solid var(--line); border-radius: .2rem; line-height: 1.75rem; height: 1.75rem; font-weight: 600; background: var(--card); }
ol.days a.good { color: var(--good); } ol.days a.fault { color: var(--card); background: var(--fault); }
ol.days a.unmeasured { color: var(--unmeasured); border: 2px dashed var(--unmeasured); line-height: 1.6rem; } ol.days a.excluded { color: var(--dim); border-style: dotted; border-width: 2px; line-height: 1.6rem; }
ul.legend { list-style: none; padding: 0; margin: 0; display: flex; flex-wrap: wrap; gap: 0 1.25rem; color: var(--dim); font-size: .875rem; }
dl.facts { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .1rem 1rem; margin: .5rem 0; }
dl.facts dt { color: var(--dim); } dl.facts dd { margin: 0; font-variant-numeric: tabular-nums; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); gap: 1rem; }
.charts img { display: block; width: 100%; height: auto; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: .5rem 0; font-size: .85rem; }
ol.hops { list-style: none; margin: .5rem 0; padding: 0; }
ol.hops > li { border: 1px solid var(--line); border-radius: .4rem; padding: .4rem .75rem; }
ol.hops > li + li { margin-top: 1.5rem; position: relative; }
ol.hops > li + li::before { content: "\\2193"; position: absolute; top: -1.5rem; left: 1rem; color: var(--dim); }
@media (max-width: 40rem) { svg.phases text { font-size: 15.5px; } table, tbody, tr, th, td { display: block; border: 0; padding: 0; } tbody tr { border-top: 1px solid var(--line); padding: .35rem 0; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); } td::before { content: attr(data-label) " "; color: var(--dim); } tbody th { font-weight: 600; white-space: normal; }
  header nav { margin-left: 0; } dl.facts { grid-template-columns: minmax(0, 1fr); } dl.facts dd { margin-bottom: .3rem; } }
`;

/** Nothing but this agent is asked; of styles only that sheet, of scripts only the file that renews a page, of forms those that come back here. */
export function livePolicy(style: string): string {
  return [
    "default-src 'none'",
    `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
    "img-src 'self' data:",
    "script-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');
}

export const PAGE_CONTENT_SECURITY_POLICY = livePolicy(PAGE_STYLE);
