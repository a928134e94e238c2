/**
 * Measures the parser of request heads alone, in comparison to others, on V8 (Node) and JavaScriptCore (Bun).
 *
 *     deno task bench:parser
 *     deno task bench:parser --seconds=0.1 --json
 */

import { assertOptions, numberOption } from "./options.ts";
import { installPackages } from "./packages.ts";
import type { ParserResult } from "./parser/contest.ts";
import { pinned, SERVER_CORE } from "./programs.ts";
import { alignColumns } from "./results.ts";
import { runtimeNamed } from "./runtimes.ts";

/** JavaScript engines, with the runtime and flags that run each. */
const ENGINES: Readonly<Record<string, { readonly runtime: string; readonly flags: readonly string[] }>> = {
  "V8 (Node 26)": { runtime: "node26", flags: ["--no-warnings", "--expose-internals"] },
  "JavaScriptCore (Bun)": { runtime: "bun", flags: [] },
};

assertOptions(Deno.args, ["seconds", "json"]);
const seconds = numberOption(Deno.args, "seconds", 0.5);
const packages = installPackages();
const all: Record<string, ParserResult[]> = {};
for (const [engine, { runtime, flags }] of Object.entries(ENGINES)) {
  const [program, ...before] = runtimeNamed(runtime).command;
  const file = new URL("parser/contest.ts", import.meta.url).pathname;
  const [command, ...args] = pinned(SERVER_CORE, [program!, ...flags, ...before, file, String(seconds)]);
  const { success, stdout, stderr } = await new Deno.Command(command!, {
    args,
    env: { BENCH_PACKAGES: packages.loader },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(`Cannot run the parsers on ${engine}: ${decoder.decode(stderr)}`);
  all[engine] = JSON.parse(decoder.decode(stdout)) as ParserResult[];
  if (!Deno.args.includes("--json")) print(engine, all[engine]);
}
if (Deno.args.includes("--json")) console.log(JSON.stringify(all, null, 2));

/** Prints one table for each engine. The last column is relative to Handoff's parser for equal work. */
function print(engine: string, results: readonly ParserResult[]): void {
  const ours = (result: ParserResult) =>
    results.find((other) =>
      other.head === result.head && other.decodes === result.decodes && other.contestant.startsWith("handoff")
    )!;
  const rows = results.map((result) => [
    `${result.head} (${result.bytes} bytes)`,
    result.contestant,
    result.p50.toFixed(0),
    `${((result.p75 - result.p25) / result.p50 * 100).toFixed(0)}%`,
    (result.bytes / result.p50 * 1000).toFixed(0),
    (result.p50 / ours(result).p50).toFixed(2),
  ]);
  console.log(`\n${engine}`);
  console.log(alignColumns([["head", "parser", "ns/head", "p25-p75", "MB/s", "/handoff"], ...rows]));
}
