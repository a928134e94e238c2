import process from "node:process";
import { announce } from "./announce.ts";
import { type FetchHandler, fetchRoute, type ResponseClass } from "./fetch_routes.ts";
import { loadPackage } from "./load_package.ts";

/** The used part of srvx. */
interface Srvx {
  serve(options: Record<string, unknown> & { fetch: FetchHandler }): {
    ready(): Promise<unknown>;
    readonly url: string;
  };
  readonly FastResponse?: ResponseClass;
}

const { serve, FastResponse } = await loadPackage<Srvx>("srvx");
const server = serve({
  hostname: "127.0.0.1",
  port: 0,
  silent: true,
  gracefulShutdown: false,
  bun: { maxRequestBodySize: Number.MAX_SAFE_INTEGER },
  node: process.versions.bun === undefined ? { keepAliveTimeout: 0 } : {},
  fetch: await fetchRoute(FastResponse ?? Response),
});
await server.ready();
announce(Number(new URL(server.url).port));
