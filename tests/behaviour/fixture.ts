/**
 * The server of the behaviours. Its argument is JSON: the options of `Server.http`.
 *
 * It prints the port and closes when standard input ends. Its process must then end by itself, without a
 * remaining handle that keeps it alive.
 */
import process from "node:process";
import { type Listening, Server, type ServerOptions } from "../../mod.ts";
import { startControl } from "./control.ts";
import { handler } from "./handler.ts";
import { describe, report } from "./report.ts";

const options = JSON.parse(process.argv[2] ?? "{}") as ServerOptions;
const onError = (error: unknown) => report("error", { error: describe(error) });
const listening: Listening = await Server.http("127.0.0.1:0", { ...options, onError }).handle(handler);
const control = await startControl((server) => server.handle(handler));
report("control", { ...control.address });
console.log(JSON.stringify(listening.address));

process.stdin.resume();
process.stdin.on("end", async () => {
  // All clients have disconnected; the deadline is for a test that failed before its end.
  await Promise.all([listening.close({ deadline: 2000 }), control.close({ deadline: 2000 })]);
});
