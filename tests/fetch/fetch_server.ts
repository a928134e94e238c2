/**
 * The server of `fetch_app.ts`. Where the first argument is `own` the globals of the runtime stay as they
 * are. What goes to `onError` is written to standard error, a line each.
 */
import process from "node:process";
import { fetchHandler, Server } from "../../mod.ts";
import { app } from "./fetch_app.ts";

const adaptGlobals = process.argv[2] !== "own";
const globals = [Request, Response, fetch];
const listening = await Server.http("127.0.0.1:0", {
  onError: (error) => console.error(error instanceof Error ? `${error.name}: ${error.message}` : error),
}).handle(fetchHandler(app, { adaptGlobals }));
const isChanged = [Request, Response, fetch].some((value, index) => value !== globals[index]);
if (isChanged && !adaptGlobals) throw new Error("fetchHandler() has changed a global");
console.log(JSON.stringify({ port: (listening.address as { port: number }).port }));

process.stdin.resume();
process.stdin.on("end", async () => {
  await listening.close({ deadline: 1000 });
  process.exit(0);
});
