import type { Request } from "../http/request.ts";
import type { Fresh, Response } from "../http/response.ts";
import type { ServerStats } from "../server/listening.ts";
import type { HandlerFunction } from "../exchange/handler.ts";
import type { ThreadContext } from "../threads/per_thread.ts";
import { askFigures } from "./figures.ts";
import { pageDocument } from "./page_document.ts";
import { statsTable } from "./stats_table.ts";

/** What the threads that show the page share. */
export interface PageState {
  /** The name of the channel on which the figures of all threads are told. */
  readonly figures: string;
}

/** A request as the page shows it. */
export interface ShownRequest {
  /** The request line, RFC 9112 section 3. */
  readonly line: string;
  /** The header fields, in order and casing as received. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** Where the client is. */
  readonly from: string;
  /** The thread that answers. */
  readonly thread: number;
}

/**
 * Makes the handler that the command has without a module: a page with the request as it was received and the
 * figures of all threads, and the figures alone under `/stats`.
 */
export function pageHandler({ state, thread }: ThreadContext<PageState | undefined>): HandlerFunction {
  return async (request, response) => {
    const stats = state === undefined ? { threads: [] } : await askFigures(state.figures);
    const { headers } = response;
    headers.set("cache-control", "no-store");
    headers.set("x-content-type-options", "nosniff");
    if (request.uri.path === "/stats") {
      headers.set("content-type", "application/json");
      return response.send(JSON.stringify(stats));
    }
    const shown = show(request, thread);
    headers.set("vary", "accept");
    if (prefersHtml(request)) return sendDocument(shown, stats, response);
    headers.set("content-type", "text/plain; charset=utf-8");
    return response.send(pageText(shown, stats));
  };
}

function show(request: Request, thread: number): ShownRequest {
  const { method, uri, version, headers, remoteAddress } = request;
  return {
    line: `${method} ${uri.raw} HTTP/${version}`,
    fields: headers.raw(),
    from: "path" in remoteAddress ? "a Unix socket" : `${remoteAddress.hostname} port ${remoteAddress.port}`,
    thread,
  };
}

/** Browsers name HTML; curl and the like take anything. */
function prefersHtml(request: Request): boolean {
  return /\btext\/html\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/i.test(request.headers.get("accept") ?? "");
}

function sendDocument(shown: ShownRequest, stats: ServerStats, response: Response<Fresh>): void {
  const nonce = crypto.randomUUID();
  const { headers } = response;
  headers.set("content-type", "text/html; charset=utf-8");
  headers.set(
    "content-security-policy",
    `default-src 'none'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'; connect-src 'self'; ` +
      "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  );
  response.send(pageDocument(shown, JSON.stringify(stats), nonce));
}

function pageText({ line, fields, from, thread }: ShownRequest, stats: ServerStats): string {
  const head = [line, ...fields.map(([name, value]) => `${name}: ${value}`)];
  return `${head.join("\n")}\n\nFrom ${from}, answered by thread ${thread}.\n\n${statsTable(stats)}`;
}
