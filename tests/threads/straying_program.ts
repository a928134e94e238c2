/** A program whose other threads wait for a server that its first one has not. */
import { isMainThread } from "node:worker_threads";
import { Server } from "../../mod.ts";

if (!isMainThread) await Server.http("127.0.0.1:1").handle(() => {});
try {
  await Server.http("127.0.0.1:0").handle(() => {}, { module: import.meta.url, threads: 2 });
} catch (error) {
  console.log(JSON.stringify({ error: String(error) }));
}
