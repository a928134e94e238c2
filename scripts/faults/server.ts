/**
 * The server of the fault drills. Its argument is a {@linkcode ServerPlan} as JSON. It prints its port as
 * JSON, and answers each line of standard input with a line of JSON: `figures`, or `jump` with milliseconds
 * for the monotonic and the wall clock. It closes when standard input ends.
 */
import process from "node:process";
import { createInterface } from "node:readline";
import { type AcceptOption, type Listening, Server, type ServerOptions } from "../../mod.ts";
import { listen } from "../../src/net/listen.ts";
import { parseAddress } from "../../src/net/address.ts";
import { Clock } from "../../src/server/clock.ts";
import { ConnectionContext } from "../../src/server/connection_context.ts";
import { Connections } from "../../src/server/connections.ts";
import { Listening as OwnListening } from "../../src/server/listening.ts";
import { resolveOptions } from "../../src/server/options.ts";
import { SingleThread } from "../../src/server/single_thread.ts";
import { Statistics } from "../../src/server/statistics.ts";
import handler from "./handler.ts";
import { JumpingTime } from "./jumping_time.ts";

/** How the server is started. */
export interface ServerPlan {
  readonly threads: number;
  readonly accept?: AcceptOption;
  readonly options?: Omit<ServerOptions, "onError" | "onResponse">;
  /** Whether the clock jumps when it is told to; on one thread alone. */
  readonly jumps?: boolean;
}

/** Milliseconds that the last requests have once standard input has ended. */
const DEADLINE = 1000;

const plan = JSON.parse(process.argv[2] ?? "{}") as ServerPlan;
const errors: Record<string, number> = {};
const unhandled: string[] = [];
const time = new JumpingTime();

function onError(error: unknown): void {
  const { name, message } = error as Error;
  const key = name === "Error" ? message : name;
  errors[key] = (errors[key] ?? 0) + 1;
}

process.on("unhandledRejection", (reason) => unhandled.push(String(reason)));
process.on("uncaughtException", (error) => unhandled.push(String(error)));

async function start(): Promise<Listening> {
  const options = { ...plan.options, onError };
  if (plan.jumps !== true) {
    const { threads, accept } = plan;
    const module = new URL("./handler.ts", import.meta.url);
    const how = { threads, ...(accept === undefined ? {} : { accept }) };
    return await Server.http("127.0.0.1:0", options).handle(module, how);
  }
  const settings = resolveOptions(options, onError);
  const clock = new Clock(800, time);
  const context = new ConnectionContext({ handle: handler }, settings, false, new Statistics(), clock);
  const listener = await listen(parseAddress("127.0.0.1:0", "http"), {});
  return new OwnListening(new SingleThread(listener, new Connections(context)));
}

const listening = await start();
console.log(JSON.stringify({ port: listening.port }));

const commands = createInterface({ input: process.stdin });
commands.on("line", (line) => {
  const [command, monotonic, wall] = line.split(" ");
  if (command === "jump") time.jump(Number(monotonic), Number(wall));
  const { threads, acceptor } = listening.stats();
  const all = acceptor === undefined ? threads : [...threads, acceptor];
  const sum = (of: "openConnections" | "restarts") => all.reduce((total, stats) => total + stats[of], 0);
  console.log(
    JSON.stringify({ open: sum("openConnections"), restarts: sum("restarts"), errors, unhandled }),
  );
});
commands.on("close", () => listening.close({ deadline: DEADLINE }));
