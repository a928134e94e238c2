import type { Request } from "../http/request.ts";
import type { Fresh, Response } from "../http/response.ts";
import type { ServerStats } from "../server/listening.ts";
import type { HandlerFunction } from "../exchange/handler.ts";
import type { ThreadContext } from "../threads/per_thread.ts";
import { askFigures } from "./figures.ts";
import { about, type PageFacts } from "./about.ts";
import { isOwnHost } from "./host_check.ts";
import { pageDocument } from "./page_document.ts";
import { type ShownRequest, showRequest } from "./shown_request.ts";
import { statsTable } from "./stats_table.ts";

/** What the threads that show the page share. */
export interface PageState {
  /** The name of the channel on which the figures of all threads are told. */
  readonly figures: string;
  /** Milliseconds since 1970 at which the server was started. */
  readonly started: number;
  /** The name or address that the server was told to listen on. */
  readonly hostname: string;
  /** `true` if the page answers to any name: the server listens on every interface, for others too. */
  readonly anyHost: boolean;
  /** The folder whose files are served instead of the page. */
  readonly root?: string;
}

/** The figures of all threads, and how they share connections. */
export interface PageFigures extends ServerStats {
  /** The accept way; absent where it is not known. */
  readonly accept?: string;
}

/** Figures where nobody tells them. */
const NO_FIGURES: PageFigures = { threads: [] };

/**
 * Makes the handler that the command has without a module: a page with the request as it was received and the
 * figures of all threads, and the figures alone under `/stats`. It shows no more of other requests than
 * totals, and answers to the machine's own names alone, so that no web page reads it.
 */
export function pageHandler({ state, thread }: ThreadContext<PageState | undefined>): HandlerFunction {
  const { runtime, version, command } = about();
  return async (request, response) => {
    const { headers } = response;
    headers.set("cache-control", "no-store");
    headers.set("x-content-type-options", "nosniff");
    const host = request.headers.get("host") ?? "";
    if (state?.anyHost !== true && !isOwnHost(host, state?.hostname ?? "")) {
      response.status = 421;
      headers.set("content-type", "text/plain; charset=utf-8");
      return response.send("This page is shown under localhost, an IP address, and the name of --hostname\n");
    }
    const figures: PageFigures = state === undefined ? NO_FIGURES : await askFigures(state.figures);
    if (request.uri.path === "/stats") {
      headers.set("content-type", "application/json");
      return response.send(JSON.stringify(figures));
    }
    const shown = await showRequest(request, thread);
    const facts = {
      runtime,
      version,
      command,
      host,
      accept: figures.accept ?? null,
      uptime: state === undefined ? null : Math.max(0, Math.round((Date.now() - state.started) / 1000)),
    };
    headers.set("vary", "accept");
    if (prefersHtml(request)) return sendDocument(shown, facts, figures, response);
    headers.set("content-type", "text/plain; charset=utf-8");
    return response.send(pageText(shown, facts, figures));
  };
}

/** Browsers name HTML; curl and the like take anything. */
function prefersHtml(request: Request): boolean {
  return /\btext\/html\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/i.test(request.headers.get("accept") ?? "");
}

function sendDocument(
  shown: ShownRequest,
  facts: PageFacts,
  stats: PageFigures,
  response: Response<Fresh>,
): void {
  const nonce = crypto.randomUUID();
  const { headers } = response;
  headers.set("content-type", "text/html; charset=utf-8");
  headers.set(
    "content-security-policy",
    `default-src 'none'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'; connect-src 'self'; ` +
      "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  );
  response.send(pageDocument(shown, facts, JSON.stringify(stats), nonce));
}

function pageText(
  { line, fields, content, from, thread }: ShownRequest,
  { runtime, version, accept, uptime }: PageFacts,
  stats: PageFigures,
): string {
  const head = [line, ...fields.map(([name, value]) => `${name}: ${value}`)].join("\n");
  const body = content === null ? "" : `\n\n${content.text}`;
  const size = content === null ? "" : `, ${content.size} bytes of content`;
  const about = [
    `Handoff ${version} on ${runtime}`,
    ...(accept === null ? [] : [`accept ${accept}`]),
    ...(uptime === null ? [] : [`up for ${uptime} s`]),
  ].join(", ");
  return `${head}${body}\n\nFrom ${from}${size}, answered by thread ${thread}.\n${about}.\n\n${
    statsTable(stats)
  }`;
}
