import { FIELD_STYLE } from '../field-style.ts';
import { livePolicy, PAGE_STYLE } from '../pages/style.ts';

/** The sheet of the pages, and what the sandbox's page adds: switches beside what they do. */
export const PANEL_STYLE = `${PAGE_STYLE}${FIELD_STYLE}
@media (min-width: 90rem) { body { max-width: 110rem; } }
.bar { position: sticky; top: 0; z-index: 1; display: flex; flex-wrap: wrap; gap: .25rem 1rem; align-items: center; justify-content: space-between; padding: .5rem 1rem; border-width: 2px; }
.bar p { margin: 0; }
.panel { display: grid; grid-template-columns: minmax(0, 1fr); gap: 0 1rem; align-items: start; }
@media (min-width: 64rem) { .panel { grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); grid-template-rows: auto 1fr; } .panel > .agent { grid-column: 2; grid-row: 1 / span 2; position: sticky; top: 5rem; } }
.panel section, .panel li { scroll-margin-top: 5rem; }
ol.guide { margin: 0; padding-left: 1.5rem; } ol.guide > li { padding: .35rem 0 .6rem; } ol.guide > li::marker { font-weight: 600; }
ul.faults { list-style: none; margin: 0; padding: 0; }
ul.faults > li { border-top: 1px solid var(--line); padding: .5rem 0; display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: .25rem 1rem; align-items: center; }
ul.faults .wide { grid-column: 1 / -1; }
.switch, .switch form { display: flex; flex-wrap: wrap; gap: .4rem; align-items: center; justify-content: flex-end; }
ol.guide .switch, ol.guide .switch form { justify-content: flex-start; }
.is-on { font-weight: 600; color: var(--bad); }
code { font-size: .875rem; color: var(--dim); }
label { display: block; }
@media (max-width: 40rem) { .agent ul.rows > li { grid-template-columns: 4rem minmax(0, 1fr); } .agent ul.events > li { grid-template-columns: 4.75rem minmax(0, 1fr); } .agent ul.rows .figure, .agent ul.rows .words { grid-column: 2; }
  ul.faults > li { grid-template-columns: minmax(0, 1fr); } ul.faults .switch, ul.faults .switch form { justify-content: flex-start; } .bar { padding: .4rem .75rem; } }
`;

export const PANEL_CONTENT_SECURITY_POLICY = livePolicy(PANEL_STYLE);
