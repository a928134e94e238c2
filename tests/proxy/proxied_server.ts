// An HTTP server behind proxyListener() that answers with the client's address. Its argument is JSON: the
// trusted peers. It prints its port, and stops when standard input ends.

import process from "node:process";
import { Server } from "../../mod.ts";
import { listen } from "../../src/net/listen.ts";
import { proxyListener } from "../../src/proxy/proxy_listener.ts";

const trusted = JSON.parse(process.argv[2]!) as string[];
const listener = await listen({ hostname: "127.0.0.1", port: 0 });
const server = Server.from(proxyListener(listener, { trusted, timeout: 500 }));
const listening = await server.handle(async (req, res) => {
  const content = await req.text();
  return res.send(`${JSON.stringify(req.remoteAddress)} ${content.length}\n`);
});
console.log(JSON.stringify(listening.address));
process.stdin.on("end", () => listening.close({ deadline: 1000 }));
process.stdin.resume();
