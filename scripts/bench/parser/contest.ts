/** Measures every parser with every head on the current runtime, and prints the times as JSON. */

import process from "node:process";
import { loadPackage } from "../servers/load_package.ts";
import { type Contestant, contestants } from "./contestants.ts";
import { HEADS } from "./heads.ts";

/** The used part of mitata. */
interface Mitata {
  measure(
    fn: () => unknown,
    options: { min_cpu_time: number },
  ): Promise<{ readonly p50: number; readonly p25: number; readonly p75: number }>;
  do_not_optimize(value: unknown): void;
}

/** Time of one parser for one head. */
export interface ParserResult {
  readonly head: string;
  readonly contestant: string;
  readonly decodes: boolean;
  readonly bytes: number;
  /** Nanoseconds for the head: the quartiles and the median. */
  readonly p25: number;
  readonly p50: number;
  readonly p75: number;
}

const { measure, do_not_optimize } = await loadPackage<Mitata>("mitata");
/** Minimum duration of each measurement, in nanoseconds. */
const minimum = Number(process.argv[2] ?? 0.5) * 1e9;

const results: ParserResult[] = [];
const all = await contestants();
for (const [name, head] of Object.entries(HEADS)) {
  for (const contestant of all) check(contestant, name, head);
  for (const contestant of all) {
    const run = () => do_not_optimize(contestant.parse(head));
    const { p25, p50, p75 } = await measure(run, { min_cpu_time: minimum });
    results.push({
      head: name,
      contestant: contestant.name,
      decodes: contestant.decodes,
      bytes: head.length,
      p25,
      p50,
      p75,
    });
  }
}
console.log(JSON.stringify(results));
process.exit(0);

/** Checks that a parser finds the correct result, twice in a row. */
function check(contestant: Contestant, name: string, head: Uint8Array): void {
  const [line = "", ...fields] = new TextDecoder("latin1").decode(head).trimEnd().split("\r\n");
  const [method, target] = line.split(" ");
  const pairs = fields.map((
    field,
  ) => [field.slice(0, field.indexOf(":")), field.slice(field.indexOf(":") + 2)]);
  const wanted = JSON.stringify({ method, target, pairs: contestant.decodes ? pairs : null });
  for (let i = 0; i < 2; i++) {
    const { method, target, pairs } = contestant.parse(head);
    const found = JSON.stringify({ method, target, pairs });
    if (found !== wanted) throw new Error(`${contestant.name} finds ${found} in ${name}, not ${wanted}`);
  }
}
