/**
 * Mixed load for minutes: keep-alive, new connections, pipelining, uploads, downloads, slow clients, resets,
 * malformed requests and WebSockets at once, with every answer checked. Memory, descriptors and counters are
 * sampled. Needs Linux; ends with 1 where an answer was wrong or something has grown.
 *
 *     deno task soak                             2 minutes on each runtime, on one thread
 *     deno task soak --minutes 15 --runtime bun  one runtime
 *     deno task soak --accept dispatch           two threads in each of the ways named
 *     deno task soak --plot /tmp/plots           where to write the plots; by default a temporary folder
 */
import { parseArgs } from "node:util";
import type { AcceptWay } from "../../mod.ts";
import { runtimeOf, runtimes } from "../../tests/support/runtimes.ts";
import { plot } from "./plot.ts";
import { soak, type SoakResult } from "./soak.ts";
import { mebibytes, median } from "./verdict.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "2" },
    runtime: { type: "string" },
    accept: { type: "string", default: "single" },
    plot: { type: "string" },
  },
});
const minutes = Number(values.minutes);
if (!(minutes > 0)) throw new TypeError(`Cannot soak: "${values.minutes}" is not a number of minutes`);
const folder = values.plot ?? await Deno.makeTempDir({ prefix: "handoff_soak_" });
await Deno.mkdir(folder, { recursive: true });

function summary({ samples, tallies }: SoakResult): string {
  const loaded = samples.slice(1, -1);
  const quarter = Math.max(1, Math.floor(loaded.length / 4));
  const memory = [loaded.slice(quarter, 2 * quarter), loaded.slice(-quarter)]
    .map((part) => mebibytes(median(part.map(({ memory }) => memory)))).join(" -> ");
  const first = samples[0]!;
  const last = samples.at(-1)!;
  const done = Object.entries(tallies).map(([name, { done }]) => `${name} ${done}`).join(", ");
  return `${last.requests} requests, ${last.accepted} connections, memory ${memory}, ` +
    `descriptors ${first.descriptors} -> ${last.descriptors}; ${done}; errors ${JSON.stringify(last.errors)}`;
}

for (const runtime of values.runtime === undefined ? runtimes() : values.runtime.split(",").map(runtimeOf)) {
  for (const way of values.accept.split(",") as AcceptWay[]) {
    const result = await soak(runtime, way, minutes * 60_000);
    const path = `${folder}/${runtime.name}_${way}.svg`;
    await Deno.writeTextFile(path, plot(`${runtime.name}, ${way}, ${minutes} minutes`, result.samples));
    const ok = result.wrong.length === 0;
    console.log(`${runtime.name} ${way} ${ok ? "ok" : "FAILED"}: ${summary(result)}; ${path}`);
    for (const line of result.wrong) console.log(`  ${line}`);
    if (!ok) Deno.exitCode = 1;
  }
}
