/**
 * A server on several threads, and beside it one that tells of it and closes it. The argument is JSON:
 * {@linkcode PoolOptions}. It stops when standard input ends, and then has to end by itself.
 */
import { readFileSync } from "node:fs";
import process from "node:process";
import { type CloseOptions, type Listening, Server, type ServerOptions } from "../../mod.ts";
import { describe } from "../behaviour/report.ts";
import { counted, type Counter, countersOf, newState, set } from "./pool_state.ts";
import type { Way } from "./ways.ts";

/** How to start it. */
export interface PoolOptions {
  readonly accept: Way;
  readonly threads: number;
  /** Whether it speaks TLS, with the certificate of the tests. */
  readonly secure?: boolean;
  readonly server?: ServerOptions;
}

/** What can be asked of it. */
export type PoolCommand =
  | { readonly do: "report" }
  | { readonly do: "close"; readonly options?: CloseOptions }
  | { readonly do: "closed" }
  | { readonly do: "set"; readonly counter: Counter; readonly value: number };

const { accept, threads, secure = false, server } = JSON.parse(process.argv[2] ?? "{}") as PoolOptions;
const state = newState();
const errors: string[] = [];
function onError(error: unknown): void {
  // A thread that is stuck is told of with its stack.
  const calls = error instanceof Error && error.message.includes("stuck") ? `\n${error.stack}` : "";
  errors.push(describe(error) + calls);
  if (counted(state, "objecting") !== 0) throw new Error("onError throws");
}
const pem = (name: string) => readFileSync(new URL(`../support/tls/${name}.pem`, import.meta.url), "utf8");
const pool = secure
  ? Server.https("127.0.0.1:0", { ...server, onError, cert: pem("cert"), key: pem("key") })
  : Server.http("127.0.0.1:0", { ...server, onError });
const listening: Listening = await pool.handle(new URL("./pool_handler.ts", import.meta.url), {
  threads,
  accept,
  state,
});

async function carryOut(command: PoolCommand): Promise<unknown> {
  if (command.do === "report") {
    return { stats: listening.stats(), errors, counters: countersOf(state), accept: listening.accept };
  }
  if (command.do === "set") return set(state, command.counter, command.value);
  if (command.do === "close") return await listening.close(command.options);
  return await listening.closed.then(() => "resolved", (error) => `rejected: ${describe(error)}`);
}

const control = await Server.http("127.0.0.1:0").handle(async (req, res) => {
  const outcome = await carryOut(await req.json() as PoolCommand);
  return res.send(JSON.stringify(outcome ?? null));
});
console.error(`control ${(control.address as { port: number }).port}`);
console.log(JSON.stringify(listening.address));

process.stdin.resume();
process.stdin.on("end", async () => {
  await Promise.all([listening.close({ deadline: 1000 }), control.close({ deadline: 3000 })]);
});
