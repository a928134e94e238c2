/**
 * The server of the behaviours on two threads. Its argument is the way that they share connections.
 *
 * It prints the port, stops when standard input ends, and then has to end by itself: nothing may keep the
 * process.
 */
import process from "node:process";
import { Server } from "../../mod.ts";
import { startControl } from "../behaviour/control.ts";
import { describe, report } from "../behaviour/report.ts";
import type { Way } from "./ways.ts";

const HANDLER = new URL("./behaviour_handler.ts", import.meta.url);

const accept = process.argv[2] as Way;
const onError = (error: unknown) => report("error", { error: describe(error) });
const listening = await Server.http("127.0.0.1:0", { onError }).handle(HANDLER, { threads: 2, accept });
const control = await startControl((server, address) => {
  const isUnix = typeof address === "object" && "path" in address;
  return server.handle(HANDLER, { threads: 2, accept: isUnix ? "auto" : accept });
});
report("control", { ...control.address });
console.log(JSON.stringify(listening.address));

process.stdin.resume();
process.stdin.on("end", async () => {
  // Every client has gone: the deadline is for a test that failed half-way.
  await Promise.all([listening.close({ deadline: 2000 }), control.close({ deadline: 2000 })]);
});
