import type { AcceptWay } from "../../mod.ts";
import { linesOf } from "../../tests/support/lines.ts";
import type { Runtime } from "../../tests/support/runtimes.ts";
import { within } from "../faults/fault_server.ts";
import { type Sample, sampleProcess, type SoakFigures } from "./sample.ts";
import { judge } from "./verdict.ts";
import { runWorkloads, type Tally } from "./workloads.ts";

/** Samples while there is load, of which a quarter is enough to tell a median. */
const SAMPLES = 120;

/** Milliseconds in which connections end once all clients have gone. */
const PATIENCE = 30_000;

/** What a soak came to. */
export interface SoakResult {
  readonly samples: readonly Sample[];
  readonly tallies: Readonly<Record<string, Tally>>;
  /** What was wrong; empty where all was well. */
  readonly wrong: readonly string[];
}

/** Puts mixed load on a server for a time, and judges what came of it. */
export async function soak(runtime: Runtime, way: AcceptWay, milliseconds: number): Promise<SoakResult> {
  const threads = way === "single" ? 1 : 2;
  const [command, ...before] = runtime.command;
  const script = decodeURIComponent(new URL("./server.ts", import.meta.url).pathname);
  const plan = JSON.stringify({ threads, ...(way === "single" ? {} : { accept: way }) });
  const child = new Deno.Command(command!, {
    args: [...before, script, plan],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const stderr: string[] = [];
  const errors = (async () => {
    for await (const line of linesOf(child.stderr)) if (line !== "") stderr.push(line);
  })();
  const output = linesOf(child.stdout).getReader();
  const input = child.stdin.getWriter();
  const started = performance.now();

  async function line<T>(): Promise<T> {
    const { value, done } = await within("the server tells its figures", output.read());
    if (done) throw new Error(`The server has ended: ${stderr.slice(0, 10).join("\n")}`);
    return JSON.parse(value) as T;
  }

  async function sample(): Promise<Sample> {
    await input.write(new Uint8Array([10]));
    const figures = await line<SoakFigures>();
    return { time: (performance.now() - started) / 1000, ...sampleProcess(child.pid), ...figures };
  }

  try {
    const { port } = await line<{ port: number }>();
    const first = await sample();
    const samples = [first];
    const load = runWorkloads(port, milliseconds);
    for (let i = 1; i <= SAMPLES; i++) {
      await pause(started + i * milliseconds / SAMPLES - performance.now());
      samples.push(await sample());
    }
    const tallies = await within("all clients stop", load, PATIENCE);
    let last = await sample();
    for (const since = performance.now(); last.open > 0 && performance.now() - since < PATIENCE;) {
      await pause(100);
      last = await sample();
    }
    await input.close();
    const { code } = await within("the server ends", child.status);
    await errors;
    const wrong = judge(samples.slice(1), { before: first, after: last });
    for (const [name, tally] of Object.entries(tallies)) {
      if (tally.done === 0) wrong.push(`${name}: nothing was done`);
      if (tally.wrong.length > 0) {
        wrong.push(`${name}: ${tally.wrong.length} wrong, first: ${tally.wrong[0]}`);
      }
    }
    if (code !== 0) wrong.push(`The server ended with ${code}`);
    if (stderr.length > 0) wrong.push(`Standard error: ${stderr.slice(0, 5).join(" | ")}`);
    return { samples: [...samples, last], tallies, wrong };
  } finally {
    try {
      child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await child.status;
    await errors;
    await output.cancel();
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, milliseconds)));
}
