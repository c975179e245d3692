/** Fields and buttons, wherever somebody fills in a form. */
export const FIELD_STYLE = `
label, legend { font-weight: 600; }
.hint { color: var(--dim); font-size: .875rem; }
.error { color: var(--bad); font-weight: 600; }
input, select, button { font: inherit; color: inherit; background: var(--ground); border: 1px solid var(--dim); border-radius: .35rem; padding: .4rem .6rem; max-width: 100%; min-height: 2.75rem; }
input[aria-invalid='true'], select[aria-invalid='true'] { border: 2px solid var(--bad); }
button { cursor: pointer; background: var(--card); } button.first { font-weight: 600; border-width: 2px; } button.end { border: 2px solid var(--bad); font-weight: 600; }
`;
