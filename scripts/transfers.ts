/**
 * Runs that take too long for the tests: large and slow transfers, and load, on each runtime.
 *
 *     deno task transfers                            everything
 *     HANDOFF_RUNTIMES=deno,bun deno task transfers  some of the runtimes
 *     deno task transfers --only=wrk,ab              some of the runs: echo, slow, wrk, pipelined, ab
 *
 * It prints a table of the measurements at the end. The exit code is 1 if any result is not as required.
 */

import { createHash } from "node:crypto";
import { BehaviourServer } from "../tests/behaviour/behaviour_server.ts";
import { head } from "../tests/behaviour/raw_client.ts";
import { type Runtime, runtimes } from "../tests/support/runtimes.ts";

const MIB = 1024 * 1024;

/** Maximum growth of the server's memory. */
const MAX_GROWTH = 64 * MIB;

/** Maximum number of bytes that sockets and server hold of a response that the client does not read. */
const MAX_AHEAD = 24 * MIB;

/** Number of bytes that are piped through the echo. */
const UPLOAD = 1024 * MIB;

/** Size of the response that is read slowly, the rate in bytes per second, and the duration in seconds. */
const STREAM = 100_000_000;
const SLOW_RATE = 1000;
const SLOW_TIME = 20;

/** Result of a run. */
interface Result {
  readonly ok: boolean;
  /** Text for the table. */
  readonly text: string;
}

type Run = (server: BehaviourServer) => Promise<Result>;

const decoder = new TextDecoder();

/** Records the highest resident memory of a server during a run, relative to the memory before it. */
class MemoryWatch implements Disposable {
  readonly #server: BehaviourServer;
  readonly #before: number;
  readonly #timer: ReturnType<typeof setInterval>;
  #peak: number;

  constructor(server: BehaviourServer) {
    this.#server = server;
    this.#before = this.#peak = server.memory();
    this.#timer = setInterval(() => this.#look(), 50);
  }

  get growth(): number {
    this.#look();
    return this.#peak - this.#before;
  }

  #look(): void {
    this.#peak = Math.max(this.#peak, this.#server.memory());
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

function mebibytes(bytes: number): string {
  return `${(bytes / MIB).toFixed(1)} MiB`;
}

async function program(command: string, args: readonly string[]): Promise<string> {
  const { stdout, stderr } = await new Deno.Command(command, { args: [...args], stdin: "null" }).output();
  return decoder.decode(stdout) + decoder.decode(stderr);
}

/** Pipes 1 GiB from curl's input through the echo to curl's output. */
async function echo(server: BehaviourServer): Promise<Result> {
  const curl = new Deno.Command("curl", {
    args: ["-sS", "-X", "POST", "-T", "-", `http://127.0.0.1:${server.port}/echo`],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  using memory = new MemoryWatch(server);
  const started = performance.now();
  const sent = createHash("sha256");
  const sending = (async () => {
    const writer = curl.stdin.getWriter();
    // Each MiB contains a number, so that a lost or repeated one changes the checksum.
    const piece = crypto.getRandomValues(new Uint8Array(65536));
    const numbered = new Uint8Array(MIB);
    for (let at = 0; at < MIB; at += piece.length) numbered.set(piece, at);
    for (let i = 0; i < UPLOAD / MIB; i++) {
      new DataView(numbered.buffer).setUint32(0, i);
      sent.update(numbered);
      await writer.write(numbered.slice());
    }
    await writer.close();
  })();
  const received = createHash("sha256");
  let size = 0;
  for await (const chunk of curl.stdout) {
    received.update(chunk);
    size += chunk.length;
  }
  await sending;
  const { code } = await curl.status;
  const seconds = (performance.now() - started) / 1000;
  const same = sent.digest("hex") === received.digest("hex");
  return {
    ok: code === 0 && same && size === UPLOAD && memory.growth < MAX_GROWTH,
    text: `${same ? "same SHA-256" : "ANOTHER SHA-256"}, ${seconds.toFixed(1)} s, +${
      mebibytes(memory.growth)
    }`,
  };
}

/** A client that reads 1 KB/s of a large response. */
async function slow(server: BehaviourServer): Promise<Result> {
  using memory = new MemoryWatch(server);
  using client = await server.connect();
  await client.send(head(`GET /flood?total=${STREAM}&id=slow`));
  await client.readHead();
  for (let i = 0; i < SLOW_TIME; i++) {
    await client.readExactly(SLOW_RATE);
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  const written = Number((await server.event("held back", { id: "slow" })).written);
  const ended = server.eventsOf("flooded", { id: "slow" }).length > 0;
  return {
    ok: !ended && written < MAX_AHEAD && memory.growth < MAX_GROWTH,
    text: `${ended ? "NOT HELD BACK" : "held back"} at ${mebibytes(written)}, +${mebibytes(memory.growth)}`,
  };
}

/** A script for wrk that checks each response, and sends `depth` requests at once. */
function wrkScript(depth: number): string {
  return `
    local threads = {}
    function setup(thread) table.insert(threads, thread) end
    function init(args)
      wrong = 0
      answers = 0
      local r = {}
      for i = 1, ${depth} do r[i] = wrk.format("GET", "/send/string") end
      requests = table.concat(r)
    end
    function request() return requests end
    function response(status, headers, body)
      answers = answers + 1
      if status ~= 200 or body ~= "Hello, World!" or headers["content-length"] ~= "13" then
        wrong = wrong + 1
      end
    end
    function done(summary, latency)
      local wrong, answers = 0, 0
      for _, thread in ipairs(threads) do
        wrong = wrong + thread:get("wrong")
        answers = answers + thread:get("answers")
      end
      local e = summary.errors
      local errors = e.connect + e.read + e.write + e.status + e.timeout
      print(string.format("RESULT %d %d %d %d", answers, summary.duration, wrong, errors))
    end
  `;
}

async function wrk(server: BehaviourServer, depth: number): Promise<Result> {
  const script = await Deno.makeTempFile({ suffix: ".lua" });
  try {
    await Deno.writeTextFile(script, wrkScript(depth));
    const args = ["-t1", "-c64", "-d5s", "-s", script, `http://127.0.0.1:${server.port}`];
    const output = await program("wrk", args);
    const match = /^RESULT (\d+) (\d+) (\d+) (\d+)$/m.exec(output);
    if (match === null) return { ok: false, text: `wrk failed: ${output}` };
    const [answers = 0, microseconds = 0, wrong = 0, errors = 0] = match.slice(1).map(Number);
    const rate = Math.round(answers / (microseconds / 1e6));
    return {
      ok: answers > 0 && wrong === 0 && errors === 0,
      text: `${rate} requests/s, ${wrong} wrong, ${errors} errors`,
    };
  } finally {
    await Deno.remove(script);
  }
}

async function ab(server: BehaviourServer): Promise<Result> {
  const url = `http://127.0.0.1:${server.port}/send/string`;
  const output = await program("ab", ["-q", "-k", "-c", "50", "-n", "100000", url]);
  const figure = (name: string) => Number(new RegExp(`^${name}:\\s+([\\d.]+)`, "m").exec(output)?.[1] ?? NaN);
  const complete = figure("Complete requests");
  const failed = figure("Failed requests");
  const kept = figure("Keep-Alive requests");
  return {
    ok: complete === 100_000 && failed === 0 && kept === 100_000 && !output.includes("Non-2xx"),
    text: `${complete} complete, ${failed} failed, ${kept} kept alive, ${figure("Requests per second")}/s`,
  };
}

const RUNS: Readonly<Record<string, { readonly needs?: string; readonly run: Run }>> = {
  echo: { needs: "curl", run: echo },
  slow: { run: slow },
  wrk: { needs: "wrk", run: (server) => wrk(server, 1) },
  pipelined: { needs: "wrk", run: (server) => wrk(server, 16) },
  ab: { needs: "ab", run: ab },
};

/** Starts a separate server for each run, so that no run affects the memory of another. */
async function measure(runtime: Runtime, name: string): Promise<Result> {
  const { run } = RUNS[name]!;
  const server = await BehaviourServer.start(runtime, { limits: { maxRequestBodySize: 2 * UPLOAD } });
  let result: Result;
  try {
    result = await run(server);
  } catch (error) {
    result = { ok: false, text: String(error) };
  }
  const code = await server.stop();
  if (code === 0 && server.unexpected.length === 0) return result;
  return {
    ok: false,
    text: `${result.text}; ended with ${code} ${server.unexpected.slice(0, 5).join(" | ")}`,
  };
}

function isInstalled(command: string): boolean {
  return Deno.env.get("PATH")?.split(":").some((folder) => {
    try {
      return Deno.statSync(`${folder}/${command}`).isFile;
    } catch {
      return false;
    }
  }) ?? false;
}

async function main(args: readonly string[]): Promise<void> {
  const only = args.find((arg) => arg.startsWith("--only="))?.slice("--only=".length).split(",");
  const names = only ?? Object.keys(RUNS);
  const rows: string[][] = [];
  for (const name of names) {
    const { needs } = RUNS[name] ?? {};
    if (!(name in RUNS)) throw new Error(`Cannot run "${name}": there is no such run`);
    for (const runtime of runtimes()) {
      const missing = needs !== undefined && !isInstalled(needs);
      const result = missing
        ? { ok: false, text: `${needs} is not installed` }
        : await measure(runtime, name);
      const row = [name, runtime.name, result.ok ? "ok" : "FAILED", result.text];
      console.error(row.join("  "));
      rows.push(row);
      if (!result.ok) Deno.exitCode = 1;
    }
  }
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  for (const row of rows) console.log(row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join("  "));
}

await main(Deno.args);
