import { linesOf } from "./support/lines.ts";
import type { Runtime } from "./support/runtimes.ts";

/** Milliseconds in which a program has to do what is waited for. */
const PATIENCE = 15_000;

/** A program of `scripts/examples` that runs. */
export class ExampleProgram implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #output: Promise<void>;
  /** Where it listens, for example `http://127.0.0.1:8080`. */
  readonly origin: string;
  /** The lines that it wrote to standard error so far. */
  readonly stderr: readonly string[];
  #ended = false;

  private constructor(
    process: Deno.ChildProcess,
    origin: string,
    stderr: readonly string[],
    output: Promise<void>,
  ) {
    this.#process = process;
    this.origin = origin;
    this.stderr = stderr;
    this.#output = output;
  }

  /** Starts a program, which is to choose a port, and waits for the line in which it tells that. */
  static async start(
    runtime: Runtime,
    script: string,
    args: readonly string[] = [],
  ): Promise<ExampleProgram> {
    const [command, ...before] = runtime.command;
    const process = new Deno.Command(command!, {
      args: [...before, script, "0", ...args],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const stderr: string[] = [];
    const errors = collect(process.stderr, stderr);
    const lines = linesOf(process.stdout).getReader();
    const { value = "" } = await inTime(`${script} listens`, lines.read(), () => process.kill("SIGKILL"));
    const [, origin] = /^Listening on (http:\/\/127\.0\.0\.1:\d+)$/.exec(value) ?? [];
    if (origin === undefined) {
      await errors;
      throw new Error(`Cannot start ${script} on ${runtime.name}: ${value}${stderr.join("\n")}`);
    }
    const rest = (async () => {
      while (!(await lines.read()).done);
    })();
    return new ExampleProgram(process, origin, stderr, Promise.all([errors, rest]).then(() => {}));
  }

  get port(): number {
    return Number(new URL(this.origin).port);
  }

  /** Asks the program to end. */
  terminate(): void {
    this.#process.kill("SIGTERM");
  }

  /** Waits for the program to end; its exit code. */
  async exit(): Promise<number> {
    const { code } = await inTime(
      "the program ends",
      this.#process.status,
      () => this.#process.kill("SIGKILL"),
    );
    this.#ended = true;
    await this.#output;
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#ended) return;
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.#process.status;
    await this.#output;
  }
}

async function collect(stream: ReadableStream<Uint8Array<ArrayBuffer>>, into: string[]): Promise<void> {
  for await (const line of linesOf(stream)) if (line !== "") into.push(line);
}

async function inTime<T>(what: string, work: Promise<T>, giveUp: () => void): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    giveUp();
    reject(new Error(`It has not come about in ${PATIENCE} ms that ${what}`));
  }, PATIENCE);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
