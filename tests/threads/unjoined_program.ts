/** A program whose other threads never come to the `handle` call of the first. */
import { isMainThread } from "node:worker_threads";
import { Server } from "../../mod.ts";

if (isMainThread) {
  try {
    await Server.http("127.0.0.1:0").handle(() => {}, { module: import.meta.url, threads: 2 });
  } catch (error) {
    console.log(JSON.stringify({ error: String(error) }));
  }
}
