/**
 * Serves one folder, the first argument, on two threads; the second argument is the way to share connections.
 */
import process from "node:process";
import { type AcceptOption, Server } from "../../mod.ts";

const [, , root = "", accept = ""] = process.argv;
const listening = await Server.http("127.0.0.1:0", {
  onError: (error) => console.error(error instanceof Error ? `${error.name}: ${error.message}` : error),
}).handle(new URL("./dispatched_site.ts", import.meta.url), {
  threads: 2,
  accept: accept as AcceptOption,
  state: { root },
});
console.log(JSON.stringify({ port: (listening.address as { port: number }).port }));

process.stdin.resume();
process.stdin.on("end", async () => {
  await listening.close({ deadline: 1000 });
  process.exit(0);
});
