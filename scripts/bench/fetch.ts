/**
 * The cost of a Fetch function with the globals of the runtime and with those of `adaptFetch()`: CPU time of
 * the server for each request, in turn, under wrk. It needs Linux and `wrk`.
 *
 *     deno run -A --no-lock scripts/bench/fetch.ts              nine rounds of a second
 *     deno run -A --no-lock scripts/bench/fetch.ts --rounds=3
 */
import { parseArgs } from "node:util";
import { runtimeNamed } from "./runtimes.ts";
import { type ServerProcess, startServer } from "./server_process.ts";

const RUNTIMES = ["bun", "node22", "node26"];
const ROUTES = ["hello", "parts"];
const LUA = 'wrk.method = "POST" wrk.body = "content" wrk.headers["User-Agent"] = "wrk"';

const { values } = parseArgs({ args: Deno.args, options: { rounds: { type: "string", default: "9" } } });
const script = new URL("./servers/fetch_globals.ts", import.meta.url).pathname;

/** Microseconds of CPU time of the server for each request. */
async function cost(server: ServerProcess, route: string, lua: string): Promise<number> {
  const before = server.cpuTime();
  const args = [
    "-t1",
    "-c64",
    "-d1s",
    ...(route === "parts" ? ["-s", lua] : []),
    `http://127.0.0.1:${server.port}/`,
  ];
  const { stdout } = await new Deno.Command("taskset", { args: ["-c", "1", "wrk", ...args] }).output();
  const requests = Number(new TextDecoder().decode(stdout).match(/(\d+) requests in/)?.[1]);
  return (server.cpuTime() - before) / requests;
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!;
}

const lua = await Deno.makeTempFile({ suffix: ".lua" });
await Deno.writeTextFile(lua, LUA);
console.log("| runtime | function | own globals | adapted | own / adapted |");
console.log("| --- | --- | --: | --: | --: |");
for (const name of RUNTIMES) {
  const { command } = runtimeNamed(name);
  for (const route of ROUTES) {
    const servers = await Promise.all(
      ["own", "adapted"].map((globals) => startServer({ command: [...command, script, globals, route] })),
    );
    try {
      for (let warm = 0; warm < 3; warm++) for (const server of servers) await cost(server, route, lua);
      const rounds: number[][] = [];
      for (let round = 0; round < Number(values.rounds); round++) {
        const costs: number[] = [];
        for (const server of servers) costs.push(await cost(server, route, lua));
        rounds.push(costs);
      }
      const [own, adapted] = [0, 1].map((at) => median(rounds.map((costs) => costs[at]!)).toFixed(1));
      const ratio = median(rounds.map(([a, b]) => a! / b!)).toFixed(2);
      console.log(`| ${name} | ${route} | ${own} | ${adapted} | ${ratio} |`);
    } finally {
      for (const server of servers) await server.stop();
    }
  }
}
await Deno.remove(lua);
