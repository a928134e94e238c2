import { announce } from "./announce.ts";
import { type FetchHandler, fetchRoute } from "./fetch_routes.ts";

/** The used part of Bun. */
interface BunServe {
  serve(options: Record<string, unknown> & { fetch: FetchHandler }): { readonly port: number };
}

const server = (globalThis as unknown as { Bun: BunServe }).Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  maxRequestBodySize: Number.MAX_SAFE_INTEGER,
  fetch: await fetchRoute(Response),
});
announce(server.port);
