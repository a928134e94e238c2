/**
 * The server of the rolling drill. Its argument is JSON: the port, the number of threads, and the way in
 * which they share connections. It prints its address; on SIGTERM it closes, prints its statistics and ends.
 */
import process from "node:process";
import { type AcceptOption, Server } from "../../mod.ts";

const { port, threads, accept } = JSON.parse(process.argv[2] ?? "{}") as {
  port: number;
  threads: number;
  accept?: AcceptOption;
};
const listening = await Server.http({ hostname: "127.0.0.1", port }).handle(
  new URL("./rolling_handler.ts", import.meta.url),
  { threads, ...(accept === undefined ? {} : { accept }) },
);
process.on("SIGTERM", async () => {
  await listening.close();
  console.log(JSON.stringify(listening.stats()));
  process.exit(0);
});
console.log(JSON.stringify(listening.address));
