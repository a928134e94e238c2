/** The style sheet of the page. */
export const PAGE_STYLE = `
:root {
  --back: #f6f7f9; --card: #fff; --line: #d5d9e0; --text: #1b1f27;
  --dim: #566072; --accent: #1d4ed8; --bad: #b42318;
}
@media (prefers-color-scheme: dark) {
  :root {
    --back: #0f1217; --card: #171b22; --line: #2f3642; --text: #e6e9ef;
    --dim: #9aa4b4; --accent: #86b0ff; --bad: #ff9b6a;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; padding: 2.5rem 1.25rem; background: var(--back); color: var(--text);
  font: 16px/1.5 system-ui, sans-serif;
}
header, main { max-width: 64rem; margin: 0 auto; }
h1 { margin: 0; font-size: 1.75rem; letter-spacing: -.02em; }
h1::before { content: "\\2192" / ""; margin-right: .5rem; color: var(--accent); }
header p { margin: .25rem 0 1rem; color: var(--dim); }
header strong { color: var(--text); }
.facts { display: flex; flex-wrap: wrap; gap: .5rem 2rem; margin: 0 0 1.5rem; }
.facts dt { color: var(--dim); font-size: .8125rem; }
.facts dd { margin: 0; font-variant-numeric: tabular-nums; }
section {
  position: relative; margin-bottom: 1.25rem; padding: 1.25rem; background: var(--card);
  border: 1px solid var(--line); border-radius: 10px;
}
h2 { margin: 0 0 .75rem; font-size: 1rem; }
.state { position: absolute; top: 1.25rem; right: 1.25rem; margin: 0; color: var(--dim); font-size: .875rem; }
pre, .copy code {
  margin: 0; font: 13px/1.6 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
pre { max-height: 28rem; white-space: pre-wrap; overflow-wrap: anywhere; }
pre em { font-style: normal; font-weight: 600; color: var(--accent); }
pre i { font-style: normal; color: var(--dim); }
pre b { font-weight: normal; color: var(--accent); }
.note { margin: .75rem 0 0; color: var(--dim); font-size: .875rem; }
a { color: var(--accent); }
.scroll { overflow: auto; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 3px; border-radius: 4px; }
table {
  width: 100%; border-collapse: collapse; white-space: nowrap;
  font-size: .875rem; font-variant-numeric: tabular-nums;
}
th, td { padding: .35rem .5rem; text-align: right; border-bottom: 1px solid var(--line); font-weight: normal; }
th:first-child { text-align: left; padding-left: 0; }
th:last-child, td:last-child { padding-right: 0; }
thead th { color: var(--dim); }
tfoot th, tfoot td { border-bottom: 0; font-weight: 600; }
.rate { width: 20%; min-width: 9rem; }
.rate svg { width: calc(100% - 4.5rem); height: 1.25rem; vertical-align: middle; overflow: visible; border-bottom: 1px solid var(--line); }
.rate polyline {
  fill: none; stroke: var(--accent); stroke-width: 1.5; stroke-linejoin: round; vector-effect: non-scaling-stroke;
}
.rate span { display: inline-block; width: 4rem; }
.bad { color: var(--bad); }
.next { margin: 0; padding-left: 1.25rem; }
.next li + li { margin-top: .75rem; }
.next p { margin: 0 0 .25rem; }
.copy { display: flex; gap: .5rem; align-items: stretch; }
.copy code {
  flex: 1; min-width: 0; padding: .35rem .6rem; overflow-x: auto; white-space: nowrap;
  border: 1px solid var(--line); border-radius: 6px; background: var(--back);
}
.copy button {
  min-width: 4.5rem; padding: .35rem .6rem; font: inherit; font-size: .875rem; color: var(--accent);
  border: 1px solid var(--line); border-radius: 6px; background: var(--card); cursor: pointer;
}
@media (max-width: 45rem) {
  body { padding: 1.5rem .75rem; }
  section { padding: 1rem; }
  .state { top: 1rem; right: 1rem; }
  table, thead, tbody, tfoot { display: block; }
  thead tr { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  tbody tr, tfoot tr {
    display: grid; grid-template-columns: 1fr 1fr; gap: 0 1.25rem; margin-bottom: .75rem; padding: .6rem .75rem;
    border: 1px solid var(--line); border-radius: 8px;
  }
  tbody th, tbody td, tfoot th, tfoot td {
    display: flex; justify-content: space-between; gap: .75rem; padding: .15rem 0; border: 0;
  }
  tbody th, tfoot th, .rate { grid-column: 1 / -1; width: auto; }
  tbody th, tfoot th { font-weight: 600; justify-content: flex-start; gap: .35rem; }
  [data-title]::before { content: attr(data-title); color: var(--dim); font-weight: normal; }
  .rate { align-items: center; }
  .rate svg { flex: 1; width: auto; min-width: 0; }
  .rate span { width: auto; }
}
`;
