import type { Accept, Listener } from "../net/listener.ts";
import { Server } from "../threads/server.ts";
import { escapeHtml } from "./escape_html.ts";

/** Seconds after which the page asks again. */
const INTERVAL = 2;

/** Loads the page again once there is another answer: a reload at each time would lose the place of a reader. */
const SCRIPT = `
"use strict";
let before = null;
setInterval(async () => {
  const { status, headers } = await fetch(location.href, { method: "HEAD", cache: "no-store" });
  const now = status + " " + headers.get("content-length");
  if (before !== null && now !== before || status !== 500) location.reload();
  before = now;
}, ${INTERVAL * 1000});
`;

/** Colours and other control sequences of a terminal. */
// deno-lint-ignore no-control-regex
const CONTROL_SEQUENCES = /\x1b\[[0-9;?]*[ -/]*[@-~]/g;

const STYLE =
  "body{margin:0;padding:2rem 1.25rem;font:16px/1.5 system-ui,sans-serif;background:#fff;color:#1b1f27}" +
  "h1{font-size:1.25rem;color:#b42318}pre{padding:1rem;border:1px solid #667085;border-radius:8px;overflow:auto;" +
  'font:13px/1.6 ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;white-space:pre-wrap;overflow-wrap:anywhere}' +
  "@media(prefers-color-scheme:dark){body{background:#0f1217;color:#e6e9ef}h1{color:#ff9b6a}}";

/** The server that answers while the module cannot be served. */
export interface ErrorServer {
  /** Takes a connection. */
  readonly accept: Accept;
}

/**
 * Starts a server without a socket of its own, which answers every request with 500 and an error.
 *
 * @param read Reads the text of the error.
 */
export async function startErrorServer(read: () => string): Promise<ErrorServer> {
  const { promise, resolve } = Promise.withResolvers<Accept>();
  const listener: Listener = {
    address: { path: "" },
    start: (accept) => resolve(accept),
    pause: () => {},
    resume: () => {},
    close: () => Promise.resolve(),
  };
  await Server.from(listener, { onError: () => {} }).handle((request, response) => {
    const error = read().replace(CONTROL_SEQUENCES, "").trim();
    const { headers } = response;
    response.status = 500;
    headers.set("cache-control", "no-store");
    headers.set("x-content-type-options", "nosniff");
    // The next request may be the served module's again.
    headers.set("connection", "close");
    if (!/\btext\/html\b/i.test(request.headers.get("accept") ?? "")) {
      headers.set("content-type", "text/plain; charset=utf-8");
      return response.send(`The module cannot be served:\n\n${error}\n`);
    }
    const nonce = crypto.randomUUID();
    headers.set("content-type", "text/html; charset=utf-8");
    headers.set(
      "content-security-policy",
      `default-src 'none'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'; connect-src 'self'; ` +
        "frame-ancestors 'none'",
    );
    return response.send(errorDocument(error, nonce));
  });
  return { accept: await promise };
}

function errorDocument(error: string, nonce: string): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Error - Handoff</title>
<style nonce="${nonce}">${STYLE}</style>
</head>
<body>
<main>
<h1>The module cannot be served</h1>
<pre tabindex="0" role="region" aria-label="Error">${escapeHtml(error)}</pre>
<p>This page asks again every ${INTERVAL} seconds.</p>
</main>
<script nonce="${nonce}">${SCRIPT}</script>
</body>
</html>
`;
}
