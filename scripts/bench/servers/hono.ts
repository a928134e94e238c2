import { announce } from "./announce.ts";
import { type FetchHandler, fetchRoute } from "./fetch_routes.ts";
import { loadPackage } from "./load_package.ts";

/** What is used of `@hono/node-server`. */
interface HonoNodeServer {
  serve(
    options: Record<string, unknown> & { fetch: FetchHandler },
    listening: (info: { readonly port: number }) => void,
  ): void;
}

// It replaces the global Response by a lighter one when it is loaded.
const { serve } = await loadPackage<HonoNodeServer>("@hono/node-server");
serve({
  hostname: "127.0.0.1",
  port: 0,
  serverOptions: { keepAliveTimeout: 0 },
  fetch: await fetchRoute(Response),
}, ({ port }) => announce(port));
