import { linesOf } from "../../tests/support/lines.ts";
import { pinned, SERVER_CORE } from "./programs.ts";

/** Command and address of a server. */
export interface ServerCommand {
  /**
   * The command line. The program prints a line of JSON with its `port`, unless `port` is set, and ends when
   * its standard input ends.
   */
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Separate working directory, which is removed after the server has stopped. */
  readonly folder?: string;
  /** Port of a program that does not report its port. */
  readonly port?: number;
}

/** A server in a separate process. */
export interface ServerProcess {
  readonly port: number;
  readonly pid: number;
  /** CPU time of all threads of the process, user and system, in microseconds. */
  cpuTime(): number;
  /** Resident memory of the process, in bytes. */
  memory(): number;
  /** Ends the process. */
  stop(): Promise<void>;
}

/** Unit of times in /proc: USER_HZ, which is 100 on every architecture that the runtimes support. */
const MICROSECONDS_PER_TICK = 10_000;

/** Milliseconds for a server to start listening. */
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
      // The process has ended by itself.
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
  // The second field is the name of the program, which may contain spaces: the other fields are counted from
  // its closing bracket.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [user, system] = [fields[11], fields[12]];
  return (Number(user) + Number(system)) * MICROSECONDS_PER_TICK;
}

function memory(pid: number): number {
  const line = Deno.readTextFileSync(`/proc/${pid}/status`).match(/^VmRSS:\s+(\d+) kB$/m);
  if (line === null) throw new Error(`Cannot read the memory of process ${pid}`);
  return Number(line[1]) * 1024;
}

/** Finds a free port for a server that cannot choose one itself. */
export function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}
