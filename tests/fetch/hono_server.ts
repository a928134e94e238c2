/** Serves the module that the first argument names, on as many threads as the second says. */
import process from "node:process";
import { Server } from "../../mod.ts";

const [module = "", threads] = process.argv.slice(2);
const listening = await Server.http("127.0.0.1:0").handle(new URL(module), { threads: Number(threads) });
console.log(JSON.stringify({ port: (listening.address as { port: number }).port }));

process.stdin.resume();
process.stdin.on("end", async () => {
  await listening.close({ deadline: 1000 });
  process.exit(0);
});
