import { head, RawClient } from "../../tests/behaviour/raw_client.ts";
import { linesOf } from "../../tests/support/lines.ts";
import type { Runtime } from "../../tests/support/runtimes.ts";
import type { ServerPlan } from "./server.ts";

/** What the server tells of itself. */
export interface FaultFigures {
  /** Open connections. */
  readonly open: number;
  /** Threads that died and were replaced. */
  readonly restarts: number;
  /** Number of errors passed to `onError`, by their name, or by their message where the name is `Error`. */
  readonly errors: Readonly<Record<string, number>>;
  /** Unhandled rejections and uncaught errors of the first thread. */
  readonly unhandled: readonly string[];
}

/** Milliseconds in which a server has to do what is waited for. */
const PATIENCE = 20_000;

/** Milliseconds between two looks at the server. */
const LOOK = 20;

/** `server.ts` under a runtime. */
export class FaultServer implements AsyncDisposable {
  readonly runtime: Runtime;
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #output: ReadableStreamDefaultReader<string>;
  readonly #stderr: string[];
  readonly #errors: Promise<void>;
  #ended = false;
  readonly port: number;

  private constructor(
    runtime: Runtime,
    child: Deno.ChildProcess,
    output: ReadableStreamDefaultReader<string>,
    stderr: string[],
    errors: Promise<void>,
    port: number,
  ) {
    this.runtime = runtime;
    this.#child = child;
    this.#input = child.stdin.getWriter();
    this.#output = output;
    this.#stderr = stderr;
    this.#errors = errors;
    this.port = port;
  }

  /**
   * Starts the server.
   *
   * @param before A command line that the server's is appended to.
   */
  static async start(
    runtime: Runtime,
    plan: ServerPlan,
    before: readonly string[] = [],
  ): Promise<FaultServer> {
    const script = decodeURIComponent(new URL("./server.ts", import.meta.url).pathname);
    const [command, ...args] = [...before, ...runtime.command, script, JSON.stringify(plan)];
    const child = new Deno.Command(command!, { args, stdin: "piped", stdout: "piped", stderr: "piped" })
      .spawn();
    const stderr: string[] = [];
    const errors = (async () => {
      for await (const line of linesOf(child.stderr)) if (line !== "") stderr.push(line);
    })();
    const output = linesOf(child.stdout).getReader();
    const { value, done } = await output.read();
    if (done) {
      await errors;
      throw new Error(`Cannot start the server on ${runtime.name}: ${stderr.join("\n")}`);
    }
    return new FaultServer(runtime, child, output, stderr, errors, (JSON.parse(value) as FaultServer).port);
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Sends the server a command; what it tells of itself after it. */
  async command(line: string): Promise<FaultFigures> {
    await this.#input.write(new TextEncoder().encode(`${line}\n`));
    const { value, done } = await within(`the server answers "${line}"`, this.#output.read());
    if (done) throw new Error(`The server has ended: ${this.#stderr.join("\n")}`);
    return JSON.parse(value) as FaultFigures;
  }

  figures(): Promise<FaultFigures> {
    return this.command("figures");
  }

  /** Sends a signal to the process. */
  signal(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** Asks for a path over a connection of its own; the status and the content. */
  async ask(path: string): Promise<string> {
    using client = await RawClient.connect(this.port);
    return await this.askOver(client, path);
  }

  /** The same over a connection that is there. */
  async askOver(client: RawClient, path: string): Promise<string> {
    await client.send(head(`GET ${path}`));
    const { status, text } = await within(`GET ${path} is answered`, client.readResponse());
    return `${status} ${text}`;
  }

  /**
   * Fails unless the server is as it was before the fault: no connection is open, nothing was unhandled, no
   * thread died, and the next request is answered.
   *
   * @returns Milliseconds until no connection was open.
   */
  async assertRecovered(): Promise<number> {
    const since = performance.now();
    let figures = await this.figures();
    while (figures.open !== 0) {
      if (performance.now() - since > PATIENCE) {
        throw new Error(`${figures.open} connections are still open after ${PATIENCE} ms`);
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK));
      figures = await this.figures();
    }
    const took = performance.now() - since;
    const answer = await this.ask("/");
    if (answer !== "200 fine") throw new Error(`The next request was answered ${answer}`);
    const { unhandled, restarts } = figures;
    if (unhandled.length > 0) throw new Error(`Unhandled: ${unhandled.join(" | ")}`);
    if (restarts > 0) throw new Error(`${restarts} threads died`);
    return took;
  }

  /** Closes the server; fails unless it ends by itself and wrote no error. Returns how long that took. */
  async stop(): Promise<number> {
    const since = performance.now();
    await this.#input.close();
    const { code, signal } = await within("the server ends", this.#child.status);
    this.#ended = true;
    await this.#errors;
    await this.#output.cancel();
    if (code !== 0 || this.#stderr.length > 0) {
      throw new Error(`The server ended with ${signal ?? code}: ${this.#stderr.slice(0, 10).join("\n")}`);
    }
    return performance.now() - since;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#ended) return;
    this.#child.kill("SIGKILL");
    await this.#child.status;
    await this.#errors;
    await Promise.allSettled([this.#output.cancel(), this.#input.close()]);
  }
}

/** Waits for something for a limited time. */
export async function within<T>(what: string, work: Promise<T>, patience = PATIENCE): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`Waited ${patience} ms in vain until ${what}`)), patience);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
