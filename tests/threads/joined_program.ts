/**
 * A single-file program on every core: what stands before `handle` happens on each thread, what stands behind
 * it once. It prints its answers, and ends by itself. Its arguments are the way and how many threads, which
 * each thread reads anew.
 */
import process from "node:process";
import { isMainThread } from "node:worker_threads";
import { Server } from "../../mod.ts";
import { ask } from "./small_client.ts";
import type { Way } from "./ways.ts";

let handled = 0;
// The thread that the program began on has a handler of its own, which no request may reach.
const where = isMainThread ? "first" : "other";

const other = await Server.http("localhost:0").handle((_req, res) => res.send("another server"));
const listening = await Server.http({ hostname: "127.0.0.1", port: 0 }).handle(
  (_req, res) => res.send(`${where} ${++handled}`),
  { module: import.meta.url, threads: Number(process.argv[3]), accept: process.argv[2] as Way },
);

const { port } = listening.address as { port: number };
const answers = new Set<string>();
for (let i = 0; i < 20; i++) answers.add(await ask(port, "/"));
console.log(JSON.stringify({ threads: listening.threads, accept: listening.accept, answers: [...answers] }));
await listening.close();
await other.close();
