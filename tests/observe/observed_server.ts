/** A server with an access log to a stream of Node and metrics. It stops when its standard input ends. */
import { createReadStream, createWriteStream, mkdtempSync, rmSync } from "node:fs";
import process from "node:process";
import { Server } from "../../mod.ts";
import { accessLog, combine, metrics } from "../../src/observe.ts";

const folder = mkdtempSync("/tmp/handoff_observed_");
const path = `${folder}/access.log`;
const log = accessLog(createWriteStream(path));
const figures = metrics();
const server = Server.http("127.0.0.1:0", { onResponse: combine(log, figures), onError: () => {} });
const listening = figures.watch(
  await server.handle(async (req, res) => {
    if (req.uri.path === "/throws") throw new Error("A handler's mistake");
    if (req.uri.path === "/missing") res.status = 404;
    else if (req.uri.path === "/echo") await req.body.pipeTo(res.start().writable);
    else if (req.uri.path === "/metrics") await figures.handler.handle(req, res);
    else if (req.uri.path === "/log") {
      await log.flush();
      const chunks: Uint8Array[] = [];
      for await (const chunk of createReadStream(path)) chunks.push(chunk as Uint8Array);
      await res.send(await new Blob(chunks as BlobPart[]).text());
    } else await res.send("Hello, World!");
  }),
);
console.log(JSON.stringify({ port: listening.port }));

process.stdin.on("end", async () => {
  await listening.close({ deadline: 1000 });
  rmSync(folder, { recursive: true });
});
process.stdin.resume();
