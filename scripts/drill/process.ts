import type { AcceptOption, ServerStats } from "../../mod.ts";
import { linesOf } from "../../tests/support/lines.ts";
import type { Runtime } from "../../tests/support/runtimes.ts";

/** Figures that the drill server reports about itself. */
export interface Figures {
  readonly stats: ServerStats;
  readonly handled: number;
  readonly errors: number;
}

/** Clock ticks per second in `/proc`, on every Linux that the drills run on. */
const TICKS = 100;

/** The process of `server.ts` on a runtime. */
export class DrillServer implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly port: number;

  private constructor(child: Deno.ChildProcess, lines: AsyncIterator<string>, port: number) {
    this.#child = child;
    this.#lines = lines;
    this.#input = child.stdin.getWriter();
    this.port = port;
  }

  static async start(runtime: Runtime, threads: number, accept?: AcceptOption): Promise<DrillServer> {
    const [command, ...before] = runtime.command;
    const script = decodeURIComponent(new URL("./server.ts", import.meta.url).pathname);
    const child = new Deno.Command(command!, {
      args: [...before, script, JSON.stringify({ threads, accept })],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const lines = linesOf(child.stdout)[Symbol.asyncIterator]();
    const { value, done } = await lines.next();
    if (done) throw new Error(`Cannot start the server on ${runtime.name}`);
    return new DrillServer(child, lines, (JSON.parse(value) as { port: number }).port);
  }

  /** Requests the current figures of the server. */
  async figures(): Promise<Figures> {
    await this.#input.write(new Uint8Array([10]));
    const { value, done } = await this.#lines.next();
    if (done) throw new Error("The server has ended");
    return JSON.parse(value) as Figures;
  }

  /** CPU time of the whole process, in seconds. */
  cpu(): number {
    const text = Deno.readTextFileSync(`/proc/${this.#child.pid}/stat`);
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) / TICKS;
  }

  /** Resident memory in MiB. */
  memory(): number {
    const text = Deno.readTextFileSync(`/proc/${this.#child.pid}/status`);
    return Number(/^VmRSS:\s+(\d+)/m.exec(text)?.[1]) / 1024;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#input.close();
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), 5000);
    await this.#child.status;
    clearTimeout(timer);
  }
}

/** Result of wrk. */
export interface Load {
  readonly requests: number;
  readonly perSecond: number;
  /** Number of connections that were refused or cut, and of missing or invalid responses. */
  readonly errors: string;
}

/** Runs wrk with one thread. */
export async function wrk(port: number, path: string, connections: number, seconds: number): Promise<Load> {
  const { stdout } = await new Deno.Command("wrk", {
    args: ["-t1", `-c${connections}`, `-d${seconds}s`, `http://127.0.0.1:${port}${path}`],
  }).output();
  const text = new TextDecoder().decode(stdout);
  const requests = Number(/(\d+) requests in/.exec(text)?.[1] ?? NaN);
  const perSecond = Number(/Requests\/sec:\s+([\d.]+)/.exec(text)?.[1] ?? NaN);
  const errors = [...text.matchAll(/^\s+(Socket errors|Non-2xx).*$/gm)].map(([line]) => line.trim()).join(
    "; ",
  );
  return { requests, perSecond, errors: errors === "" ? "none" : errors };
}
