import { linesOf } from "../../tests/support/lines.ts";
import { pinned, SERVER_CORE } from "./programs.ts";

/** How to start a server, and where it can be reached. */
export interface ServerCommand {
  /** The command line. It prints a line of JSON with its `port` and ends with its standard input, or see `port`. */
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** A folder of its own to run in, which is removed when it has stopped. */
  readonly folder?: string;
  /** Where it listens, for a program that does not tell. */
  readonly port?: number;
}

/** A server in a process of its own. */
export interface ServerProcess {
  readonly port: number;
  readonly pid: number;
  /** CPU time that the process has used in all its threads, user and system, in microseconds. */
  cpuTime(): number;
  /** The resident memory of the process, in bytes. */
  memory(): number;
  /** Ends the process. */
  stop(): Promise<void>;
}

/** The unit of times in /proc: USER_HZ, which is 100 on every architecture that the runtimes run on. */
const MICROSECONDS_PER_TICK = 10_000;

/** How long a server may take to listen. */
const START_LIMIT = 20_000;

/** Starts a server on its core. */
export async function startServer(
  { command, env = {}, folder, port }: ServerCommand,
): Promise<ServerProcess> {
  const [program, ...args] = pinned(SERVER_CORE, command);
  const process = new Deno.Command(program!, {
    args,
    env: { ...env },
    cwd: folder ?? Deno.cwd(),
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const errors = new Response(process.stderr).text();
  const lines = linesOf(process.stdout).getReader();
  const stop = async () => {
    try {
      process.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await process.status;
    await process.stdin.abort().catch(() => {});
    await lines.cancel();
    await errors;
    if (folder !== undefined) await Deno.remove(folder, { recursive: true });
  };
  const limit = setTimeout(() => process.kill("SIGKILL"), START_LIMIT);
  try {
    return {
      port: port === undefined ? await announcedPort(lines) : await reachable(port),
      pid: process.pid,
      cpuTime: () => cpuTime(process.pid),
      memory: () => memory(process.pid),
      stop,
    };
  } catch (cause) {
    await stop();
    throw new Error(`Cannot start ${command.join(" ")}: ${(await errors).trim()}`, { cause });
  } finally {
    clearTimeout(limit);
  }
}

async function announcedPort(lines: ReadableStreamDefaultReader<string>): Promise<number> {
  const { value, done } = await lines.read();
  if (done) throw new Error("It ended before it listened");
  return (JSON.parse(value) as { port: number }).port;
}

async function reachable(port: number): Promise<number> {
  const deadline = performance.now() + START_LIMIT;
  while (true) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      return port;
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

function cpuTime(pid: number): number {
  const text = Deno.readTextFileSync(`/proc/${pid}/stat`);
  // The second field is the program's name, which may have blanks: what follows is counted from its closing bracket.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [user, system] = [fields[11], fields[12]];
  return (Number(user) + Number(system)) * MICROSECONDS_PER_TICK;
}

function memory(pid: number): number {
  const line = Deno.readTextFileSync(`/proc/${pid}/status`).match(/^VmRSS:\s+(\d+) kB$/m);
  if (line === null) throw new Error(`Cannot read the memory of process ${pid}`);
  return Number(line[1]) * 1024;
}

/** A port that is free now, for a server that cannot pick one itself. */
export function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}
