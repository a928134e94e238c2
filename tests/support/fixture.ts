import { linesOf } from "./lines.ts";
import type { Runtime } from "./runtimes.ts";

/** A server program in a separate process. */
export interface Fixture extends AsyncDisposable {
  /** Port of the server on 127.0.0.1. */
  readonly port: number;
  readonly pid: number;
  /** The lines that the program has written to standard error. */
  readonly stderr: string[];
  /** Resolves when there is another line, or after a number of milliseconds. */
  nextLine(patience: number): Promise<void>;
  /** Reads the resident memory of the process, in bytes (Linux). */
  memory(): number;
  /** Stops the program by closing its standard input, waits for its end, and returns the exit code. */
  stop(): Promise<number>;
}

/**
 * Starts `script` on a runtime. The script prints one line of JSON with its `port` when it listens, and stops
 * when its standard input ends.
 */
export async function startFixture(
  runtime: Runtime,
  script: URL,
  args: readonly string[] = [],
): Promise<Fixture> {
  const [command, ...before] = runtime.command;
  const process = new Deno.Command(command!, {
    args: [...before, decodeURIComponent(script.pathname), ...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const stderr: string[] = [];
  const waiting = new Set<() => void>();
  const errors = (async () => {
    for await (const line of linesOf(process.stderr)) {
      if (line === "") continue;
      stderr.push(line);
      for (const resolve of waiting) resolve();
    }
  })();
  const output = linesOf(process.stdout).getReader();
  const { value, done } = await output.read();
  if (done) {
    await errors;
    throw new Error(`Cannot start ${script.pathname} on ${runtime.name}: ${stderr.join("\n")}`);
  }
  const rest = (async () => {
    while (!(await output.read()).done);
  })();
  const { port } = JSON.parse(value) as { port: number };
  let stopped: Promise<number> | undefined;
  const stop = () =>
    stopped ??= (async () => {
      await process.stdin.close();
      const { code } = await process.status;
      await Promise.all([errors, rest]);
      return code;
    })();
  return {
    port,
    pid: process.pid,
    stderr,
    nextLine: async (patience) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, patience);
      waiting.add(resolve);
      await promise;
      waiting.delete(resolve);
      clearTimeout(timer);
    },
    memory: () => residentMemory(process.pid),
    stop,
    [Symbol.asyncDispose]: async () => void await stop(),
  };
}

function residentMemory(pid: number): number {
  const line = Deno.readTextFileSync(`/proc/${pid}/status`).match(/^VmRSS:\s+(\d+) kB$/m);
  if (line === null) throw new Error(`Cannot read the memory of process ${pid}`);
  return Number(line[1]) * 1024;
}
