/**
 * The server of the drills. Its argument is JSON: the number of threads, and the way in which they share
 * connections. It prints its port, writes its figures to standard error for each line of input, and stops
 * when standard input ends.
 */
import process from "node:process";
import { type AcceptOption, Server } from "../../mod.ts";

const { threads, accept } = JSON.parse(process.argv[2] ?? "{}") as { threads: number; accept?: AcceptOption };
let errors = 0;
const state = { handled: new BigInt64Array(new SharedArrayBuffer(8)) };
const listening = await Server.http("127.0.0.1:0", { onError: () => void errors++ }).handle(
  new URL("./handler.ts", import.meta.url),
  { threads, state, ...(accept === undefined ? {} : { accept }) },
);
console.log(JSON.stringify(listening.address));

process.stdin.on("data", () => {
  const handled = Number(Atomics.load(state.handled, 0));
  console.log(JSON.stringify({ stats: listening.stats(), handled, errors }));
});
process.stdin.on("end", () => listening.close({ deadline: 2000 }));
