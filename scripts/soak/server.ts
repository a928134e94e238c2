/**
 * The server of the soak. Its argument is JSON: the number of threads, and how they share connections. It
 * prints its port as JSON, and its figures for each line of standard input; it closes when standard input
 * ends.
 */
import process from "node:process";
import { createInterface } from "node:readline";
import { type AcceptOption, Server } from "../../mod.ts";
import type { SoakFigures } from "./sample.ts";

const { threads, accept } = JSON.parse(process.argv[2] ?? "{}") as { threads: number; accept?: AcceptOption };
const errors: Record<string, number> = {};
const unhandled: string[] = [];

function onError(error: unknown): void {
  const { name, message } = error as Error;
  const key = name === "Error" ? message : name;
  errors[key] = (errors[key] ?? 0) + 1;
}

process.on("unhandledRejection", (reason) => unhandled.push(String(reason)));
process.on("uncaughtException", (error) => unhandled.push(String(error)));

const listening = await Server.http("127.0.0.1:0", { onError }).handle(
  new URL("./handler.ts", import.meta.url),
  {
    threads,
    ...(accept === undefined ? {} : { accept }),
  },
);
console.log(JSON.stringify({ port: listening.port }));

const commands = createInterface({ input: process.stdin });
commands.on("line", () => {
  const { threads, acceptor } = listening.stats();
  const all = acceptor === undefined ? threads : [...threads, acceptor];
  const sum = (of: "openConnections" | "acceptedConnections" | "requests" | "restarts") =>
    all.reduce((total, stats) => total + stats[of], 0);
  const figures: SoakFigures = {
    open: sum("openConnections"),
    accepted: sum("acceptedConnections"),
    requests: sum("requests"),
    restarts: sum("restarts"),
    heap: process.memoryUsage().heapUsed,
    errors,
    unhandled,
  };
  console.log(JSON.stringify(figures));
});
commands.on("close", () => listening.close({ deadline: 5000 }));
