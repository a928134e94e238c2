/**
 * Serves on two threads, whose subscribers see the requests; prints the answers as JSON. The argument is the
 * way.
 */
import process from "node:process";
import { type AcceptOption, Server } from "../../mod.ts";

const listening = await Server.http("127.0.0.1:0").handle(
  new URL("./diagnostics_handler.ts", import.meta.url),
  {
    threads: 2,
    accept: process.argv[2] as AcceptOption,
  },
);
const answers: unknown[] = [];
for (let i = 0; i < 6; i++) {
  answers.push(
    await (await fetch(new URL(`/${i}`, listening.url), { headers: { connection: "close" } })).json(),
  );
}
await listening.close({ deadline: 1000 });
console.log(JSON.stringify(answers));
