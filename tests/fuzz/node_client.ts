import { bytesOf } from "../conformance/vectors.ts";
import { linesOf } from "../support/lines.ts";
import { runtimeOf } from "../support/runtimes.ts";

/** Result of Node's parser for the bytes of a connection. */
export interface NodeVerdict {
  /** The complete requests. */
  readonly requests: readonly (readonly [method: string, target: string, size: number])[];
  /** Index of the request that offers an upgrade, after which Node stops parsing; -1 for none. */
  readonly upgrade: number;
  /** The code of the error that ended parsing, or the status of a refusal. */
  readonly error: string | null;
}

/** Number of connections that are sent at once. */
const BATCH = 500;

/** Runs `node:http` of Node 26 in a separate process. */
export class NodeParser implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reader: ReadableStreamDefaultReader<string>;

  /** Starts the process. */
  constructor() {
    const [command, ...args] = runtimeOf("node26").command;
    this.#child = new Deno.Command(command!, {
      args: [...args, decodeURIComponent(new URL("node_parser.ts", import.meta.url).pathname)],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#writer = this.#child.stdin.getWriter();
    this.#reader = linesOf(this.#child.stdout).getReader();
  }

  /** Parses inputs, one character for each byte. */
  async judge(inputs: readonly string[]): Promise<NodeVerdict[]> {
    const verdicts: NodeVerdict[] = [];
    for (let at = 0; at < inputs.length; at += BATCH) {
      const batch = inputs.slice(at, at + BATCH);
      const [lines] = await Promise.all([this.#lines(batch.length), this.#writer.write(framed(batch))]);
      verdicts.push(...lines.map((line) => JSON.parse(line) as NodeVerdict));
    }
    return verdicts;
  }

  async #lines(count: number): Promise<string[]> {
    const lines: string[] = [];
    while (lines.length < count) {
      const { value, done } = await this.#reader.read();
      if (done) throw new Error("Node's process ended");
      lines.push(value);
    }
    return lines;
  }

  /** Ends the process. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer.close();
    await this.#reader.cancel();
    await this.#child.status;
  }
}

function framed(inputs: readonly string[]): Uint8Array {
  const frames = new Uint8Array(inputs.reduce((size, input) => size + 4 + input.length, 0));
  const view = new DataView(frames.buffer);
  let at = 0;
  for (const input of inputs) {
    view.setUint32(at, input.length);
    frames.set(bytesOf(input), at + 4);
    at += 4 + input.length;
  }
  return frames;
}
