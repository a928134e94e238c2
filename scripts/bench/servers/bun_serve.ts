import { announce, wantedRoute } from "./announce.ts";
import { type FetchHandler, fetchRoutes } from "./fetch_routes.ts";

/** What is used of Bun. */
interface BunServe {
  serve(options: Record<string, unknown> & { fetch: FetchHandler }): { readonly port: number };
}

const server = (globalThis as unknown as { Bun: BunServe }).Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  maxRequestBodySize: Number.MAX_SAFE_INTEGER,
  fetch: wantedRoute(fetchRoutes(Response)),
});
announce(server.port);
