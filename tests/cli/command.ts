import { fileURLToPath } from "node:url";
import type { Runtime } from "../support/runtimes.ts";

const CLI = fileURLToPath(new URL("../../src/cli.ts", import.meta.url));

/** Milliseconds that the command may take for whatever a test waits for. */
const PATIENCE = 20_000;

/** How the command ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command, running. */
export class Command implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #ended: Promise<Ended>;
  #stdout = "";
  #stderr = "";

  constructor(
    runtime: Runtime,
    args: readonly string[],
    options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
  ) {
    const [program, ...before] = runtime.command;
    this.#process = new Deno.Command(program!, {
      args: [...before, CLI, ...args],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      ...options,
    }).spawn();
    const { stdout, stderr, status } = this.#process;
    const texts = [
      stdout.pipeThrough(new TextDecoderStream()).pipeTo(
        new WritableStream({ write: (text) => void (this.#stdout += text) }),
      ),
      stderr.pipeThrough(new TextDecoderStream()).pipeTo(
        new WritableStream({ write: (text) => void (this.#stderr += text) }),
      ),
    ];
    this.#ended = Promise.all([status, ...texts]).then(([{ code }]) => ({
      code,
      stdout: this.#stdout,
      stderr: this.#stderr,
    }));
  }

  /** What it has written to standard output so far. */
  get stdout(): string {
    return this.#stdout;
  }

  /** What it has written to standard error so far. */
  get stderr(): string {
    return this.#stderr;
  }

  /** Waits until it has written something to one of them. */
  async written(where: "stdout" | "stderr", text: RegExp): Promise<RegExpExecArray> {
    const from = performance.now();
    for (;;) {
      const match = text.exec(this[where]);
      if (match !== null) return match;
      if (performance.now() - from > PATIENCE) {
        throw new Error(`The command did not write ${text} but: ${this.#stdout}${this.#stderr}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** Waits until it listens on a TCP port; the URL that it names. */
  async url(): Promise<string> {
    const [, url = ""] = await this.written("stdout", /Listening on (http:\S+)/);
    return url;
  }

  signal(signal: Deno.Signal): void {
    this.#process.kill(signal);
  }

  /** Waits for its end. */
  async end(): Promise<Ended> {
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), PATIENCE);
    try {
      return await this.#ended;
    } finally {
      clearTimeout(timer);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.#ended;
  }
}
