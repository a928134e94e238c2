import { linesOf } from "../support/lines.ts";

/** A connection by `openssl s_client`. */
export class OpensslClient implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #done: Promise<void>;
  /** What it wrote to standard output and standard error. */
  text = "";

  /**
   * @param port Where to connect to.
   * @param args Arguments of `openssl s_client`.
   */
  constructor(port: number, args: readonly string[]) {
    this.#process = new Deno.Command("openssl", {
      args: ["s_client", "-connect", `127.0.0.1:${port}`, ...args],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#input = this.#process.stdin.getWriter();
    const collect = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>) => {
      for await (const line of linesOf(stream)) this.text += `${line}\n`;
    };
    const { stdout, stderr } = this.#process;
    this.#done = Promise.all([collect(stdout), collect(stderr)]).then(() => {});
  }

  /** Types a line. */
  async type(line: string): Promise<void> {
    await this.#input.write(new TextEncoder().encode(`${line}\n`));
  }

  /**
   * Waits until it has written something.
   *
   * @throws {Error} If that takes longer than five seconds.
   */
  async until(pattern: RegExp): Promise<void> {
    const deadline = Date.now() + 5000;
    while (!pattern.test(this.text)) {
      if (Date.now() > deadline) throw new Error(`openssl did not write ${pattern}: ${this.text}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** Waits until the server has ended the connection, at most five seconds; what it wrote. */
  async ended(): Promise<string> {
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), 5000);
    await this.#process.status;
    clearTimeout(timer);
    await this.#done;
    return this.text;
  }

  /** Closes its standard input and waits until it has ended, at most five seconds; what it wrote. */
  async end(): Promise<string> {
    await this.#input.close().catch(() => {});
    return await this.ended();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }
}
