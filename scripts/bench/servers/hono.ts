import { announce } from "./announce.ts";
import { type FetchHandler, fetchRoute } from "./fetch_routes.ts";
import { loadPackage } from "./load_package.ts";

/** The used part of `@hono/node-server`. */
interface HonoNodeServer {
  serve(
    options: Record<string, unknown> & { fetch: FetchHandler },
    listening: (info: { readonly port: number }) => void,
  ): void;
}

// Loading the package replaces the global Response by a faster class.
const { serve } = await loadPackage<HonoNodeServer>("@hono/node-server");
serve({
  hostname: "127.0.0.1",
  port: 0,
  serverOptions: { keepAliveTimeout: 0 },
  fetch: await fetchRoute(Response),
}, ({ port }) => announce(port));
