import { announce } from "./announce.ts";
import { fetchRoute } from "./fetch_routes.ts";

const handler = await fetchRoute(Response);
const server = Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  automaticCompression: false,
  onListen() {},
}, handler);
announce(server.addr.port);
