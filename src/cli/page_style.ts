/** The style sheet of the page. */
export const PAGE_STYLE = `
:root {
  --back: #f6f7f9; --card: #fff; --line: #e2e5ea; --text: #1b1f27;
  --dim: #667085; --accent: #2563eb; --bad: #c2410c;
}
@media (prefers-color-scheme: dark) {
  :root {
    --back: #0f1217; --card: #171b22; --line: #2a303a; --text: #e6e9ef;
    --dim: #8e98a8; --accent: #7aa7ff; --bad: #ff9b6a;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; padding: 2.5rem 1.25rem; background: var(--back); color: var(--text);
  font: 16px/1.5 system-ui, sans-serif;
}
header, main { max-width: 60rem; margin: 0 auto; }
h1 { margin: 0; font-size: 1.75rem; letter-spacing: -.02em; }
h1::before { content: "\\2192"; margin-right: .5rem; color: var(--accent); }
header p { margin: .25rem 0 1.5rem; color: var(--dim); }
header strong { color: var(--text); }
section {
  margin-bottom: 1.25rem; padding: 1.25rem; background: var(--card);
  border: 1px solid var(--line); border-radius: 10px;
}
h2 { margin: 0 0 .75rem; font-size: 1rem; }
h2 span { float: right; color: var(--dim); font-weight: normal; font-size: .875rem; }
pre {
  margin: 0; font: 13px/1.6 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
  white-space: pre-wrap; overflow-wrap: anywhere;
}
pre em { font-style: normal; font-weight: 600; color: var(--accent); }
pre i { font-style: normal; color: var(--dim); }
pre b { font-weight: normal; color: var(--accent); }
.note { margin: .75rem 0 0; color: var(--dim); font-size: .875rem; }
a { color: var(--accent); }
.scroll { overflow-x: auto; }
table {
  width: 100%; border-collapse: collapse; white-space: nowrap;
  font-size: .875rem; font-variant-numeric: tabular-nums;
}
th, td { padding: .35rem .5rem; text-align: right; border-bottom: 1px solid var(--line); }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
th:last-child, td:last-child { padding-right: 0; }
thead th { color: var(--dim); font-weight: normal; }
tfoot td { border-bottom: 0; font-weight: 600; }
.bar { width: 22%; }
.bar i {
  display: inline-block; width: calc(100% - 4.5rem); height: .5rem; border-radius: .25rem;
  background: var(--line);
}
.bar b {
  display: block; height: 100%; min-width: .5rem; border-radius: inherit;
  background: var(--accent); transition: width .3s;
}
.bar span { display: inline-block; width: 4rem; }
.bad { color: var(--bad); }
`;
