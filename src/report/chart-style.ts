/** Looks of a chart that is an image of its own; its hash stands in the policy that it is served with. */
export const CHART_STYLE = `:root { --ink: #1b2026; --dim: #59636e; --bar: #2f6ea8; --mark: #c21f2e; } text { font-family: system-ui, sans-serif; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaef; --dim: #9aa5b1; --bar: #79b0e8; --mark: #ff7b72; } }`;
