import type { ShownRequest } from "./page.ts";
import { PAGE_SCRIPT } from "./page_script.ts";
import { PAGE_STYLE } from "./page_style.ts";

const ICON = "data:image/svg+xml," + encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">' +
    '<rect width="16" height="16" rx="4" fill="#2563eb"/>' +
    '<path d="M4 8h7M8 4.5 11.5 8 8 11.5" fill="none" stroke="#fff" stroke-width="2"/></svg>',
);

/**
 * Writes the page.
 *
 * @param request The request to show.
 * @param stats The figures, as JSON.
 * @param nonce Allows the page's own style and script, and no others.
 */
export function pageDocument(
  { line, fields, from, thread }: ShownRequest,
  stats: string,
  nonce: string,
): string {
  const [method = "", target = "", version = ""] = line.split(" ");
  const head = fields.map(([name, value]) => `<b>${escape(name)}</b>: ${escape(value)}\n`).join("");
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Handoff</title>
<link rel="icon" href="${ICON}">
<style nonce="${nonce}">${PAGE_STYLE}</style>
</head>
<body>
<header>
<h1>Handoff</h1>
<p>It works: this request was parsed and handed off to <strong>thread ${thread}</strong>.</p>
</header>
<main>
<section>
<h2>Your request</h2>
<pre><code><em>${escape(method)}</em> ${escape(target)} <i>${escape(version)}</i>\n${head}</code></pre>
<p class="note">As received, from ${escape(from)}.</p>
</section>
<section>
<h2>Threads <span id="state"></span></h2>
<div class="scroll"><table id="figures"><thead></thead><tbody></tbody><tfoot></tfoot></table></div>
<p class="note">Counted since the start; this page asks once a second, for <a href="/stats">/stats</a>.</p>
<noscript><p class="note">The figures need JavaScript.</p></noscript>
</section>
</main>
<script type="application/json" id="stats">${stats.replaceAll("<", "\\u003c")}</script>
<script nonce="${nonce}">${PAGE_SCRIPT}</script>
</body>
</html>
`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}
