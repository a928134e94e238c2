import { announce, wantedRoute } from "./announce.ts";
import { fetchRoutes } from "./fetch_routes.ts";

const handler = wantedRoute(fetchRoutes(Response));
const server = Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  automaticCompression: false,
  onListen() {},
}, handler);
announce(server.addr.port);
