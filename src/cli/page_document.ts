import type { PageFacts } from "./about.ts";
import { escapeHtml } from "./escape_html.ts";
import { PAGE_SCRIPT } from "./page_script.ts";
import { PAGE_STYLE } from "./page_style.ts";
import type { ShownContent, ShownRequest } from "./shown_request.ts";

const ICON = "data:image/svg+xml," + encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">' +
    '<rect width="16" height="16" rx="4" fill="#2563eb"/>' +
    '<path d="M4 8h7M8 4.5 11.5 8 8 11.5" fill="none" stroke="#fff" stroke-width="2"/></svg>',
);

/**
 * Writes the page.
 *
 * @param request The request to show.
 * @param facts Facts about the server.
 * @param stats The figures, as JSON.
 * @param nonce Allows the page's own style and script, and no others.
 */
export function pageDocument(request: ShownRequest, facts: PageFacts, stats: string, nonce: string): string {
  const { line, fields, content, from, thread } = request;
  const [method = "", target = "", version = ""] = line.split(" ");
  const head = fields.map(([name, value]) => `<b>${escapeHtml(name)}</b>: ${escapeHtml(value)}\n`).join("");
  const size = content === null ? "" : `, with ${describeContent(content)}`;
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
<dl class="facts">${factList(facts)}</dl>
</header>
<main>
<section aria-labelledby="request">
<h2 id="request">Your request</h2>
<pre class="scroll" tabindex="0" role="region" aria-label="Request as received"><code><em>${
    escapeHtml(method)
  }</em> ${escapeHtml(target)} <i>${escapeHtml(version)}</i>\n${head}${
    content === null ? "" : `\n${escapeHtml(content.text)}`
  }</code></pre>
<p class="note">As received, from ${escapeHtml(from)}${size}.</p>
</section>
<section aria-labelledby="threads">
<h2 id="threads">Threads</h2>
<p id="state" class="state" role="status"></p>
<div class="scroll" tabindex="0" role="region" aria-label="Figures of the threads"><table id="figures" role="table"><thead role="rowgroup"></thead><tbody role="rowgroup"></tbody><tfoot role="rowgroup"></tfoot></table></div>
<p class="note">Counted since the start; this page asks once a second, for <a href="/stats">/stats</a>. The line is the last minute.</p>
<noscript><p class="note">The figures need JavaScript.</p></noscript>
</section>
<section aria-labelledby="next">
<h2 id="next">What next</h2>
<ol class="next">${nextLines(facts)}</ol>
</section>
</main>
<script type="application/json" id="stats">${stats.replaceAll("<", "\\u003c")}</script>
<script nonce="${nonce}">${PAGE_SCRIPT}</script>
</body>
</html>
`;
}

function describeContent({ size, shown }: ShownContent): string {
  const bytes = `${size} ${size === 1 ? "byte" : "bytes"} of content`;
  return shown < size ? `${bytes}, of which the first ${shown} are shown` : bytes;
}

function factList({ runtime, version, accept, uptime }: PageFacts): string {
  const facts = [
    ["Version", version],
    ["Runtime", runtime],
    ...(accept === null ? [] : [["Accept way", accept]]),
    ...(uptime === null ? [] : [["Up for", `${uptime} s`]]),
  ];
  return facts.map(([name, value]) => {
    const id = name === "Up for" ? ` id="uptime" data-seconds="${uptime}"` : "";
    return `<div><dt>${name}</dt><dd${id}>${escapeHtml(value!)}</dd></div>`;
  }).join("");
}

/** What to do next, each with a line for a shell. */
function nextLines({ command, host }: PageFacts): string {
  const lines = [
    ["Send something, and see it as it was received", `curl --data "Hello" http://${host}/`],
    ["Write a handler", `echo 'export default (req, res) => res.send("Hello, World!");' > app.ts`],
    ["Serve it, and again whenever it changes", `${command} app.ts --watch`],
  ];
  return lines.map(([title, line]) =>
    `<li><p>${title}</p><div class="copy"><code tabindex="0">${escapeHtml(line!)}</code>` +
    `<button type="button" hidden aria-label="Copy: ${title}">Copy</button></div></li>`
  ).join("");
}
