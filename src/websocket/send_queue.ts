import { INTERNAL_ERROR } from "./close_code.ts";
import type { MessageCodec } from "./message_codec.ts";
import { BINARY, CLOSE, FIN, RSV1, TEXT } from "./opcode.ts";
import type { FrameOutput } from "./frame_output.ts";

/** A message, or the close frame, that waits for its turn. */
interface Outgoing {
  readonly opcode: number;
  data: string | Uint8Array | Blob;
  /** Number of bytes that it counts. */
  readonly size: number;
  first: number;
  state: "waiting" | "working" | "ready";
  /** Sends the close frame. */
  readonly close: (() => void) | null;
}

/** A connection that can be failed, RFC 6455 section 7.1.7. */
export interface FailingConnection {
  fail(code: number, reason: string, cause?: unknown): void;
}

const encoder = new TextEncoder();

/**
 * Sends messages in the order of the calls, though some take time to be made: a `Blob` has to be read, and a message to be
 * compressed with what was sent before. The others go out at once while nothing waits.
 */
export class SendQueue {
  readonly #output: FrameOutput;
  readonly #codec: MessageCodec | null;
  readonly #connection: FailingConnection;
  #queue: Outgoing[] | null = null;
  #queued = 0;

  /** @param connection Fails when a message cannot be made. */
  constructor(
    output: FrameOutput,
    codec: MessageCodec | null,
    connection: FailingConnection,
  ) {
    this.#output = output;
    this.#codec = codec;
    this.#connection = connection;
  }

  /** Number of bytes of messages that have not been made into frames. */
  get queued(): number {
    return this.#queued;
  }

  /** Sends a message. The program may change its bytes afterwards. */
  send(data: string | Uint8Array | Blob): void {
    if (this.#queue === null) {
      if (typeof data === "string") {
        if (this.#codec === null || !this.#codec.compresses(data.length)) return void this.#output.text(data);
      } else if (data instanceof Uint8Array) {
        if (this.#codec === null || !this.#codec.compresses(data.length)) {
          return this.#output.frame(FIN | BINARY, data, false);
        }
      }
    }
    const opcode = typeof data === "string" ? TEXT : BINARY;
    const size = typeof data === "string"
      ? data.length
      : data instanceof Uint8Array
      ? data.length
      : data.size;
    this.#add(opcode, data instanceof Uint8Array ? data.slice() : data, size, null);
  }

  /** Sends an encoded frame, whose bytes must not change, after what waits. */
  sendEncoded(frame: Uint8Array): void {
    if (this.#queue === null) this.#output.encoded(frame);
    else this.#add(-1, frame, frame.length, null);
  }

  /** Calls `close` when all messages before it are on their way. */
  close(close: () => void): void {
    if (this.#queue === null) close();
    else this.#add(CLOSE, "", 0, close);
  }

  /** Forgets what waits. */
  drop(): void {
    this.#queue = null;
    this.#queued = 0;
  }

  #add(opcode: number, data: Outgoing["data"], size: number, close: (() => void) | null): void {
    this.#queued += size;
    const item: Outgoing = { opcode, data, size, first: FIN | opcode, state: "waiting", close };
    if (this.#queue !== null) return void this.#queue.push(item);
    this.#queue = [item];
    this.#work();
  }

  #work(): void {
    const queue = this.#queue;
    if (queue === null) return;
    for (let item = queue[0]; item !== undefined; item = queue[0]) {
      if (item.state === "waiting") this.#prepare(item, queue);
      if ((item.state as Outgoing["state"]) !== "ready") return;
      queue.shift();
      this.#queued -= item.size;
      if (queue.length === 0) this.#queue = null;
      if (item.close !== null) return item.close();
      if (item.opcode === -1) this.#output.encoded(item.data as Uint8Array);
      else if (typeof item.data === "string") this.#output.text(item.data);
      else this.#output.frame(item.first, item.data as Uint8Array, true);
    }
  }

  /** Makes the payload of a message, at once where that is possible. */
  #prepare(item: Outgoing, queue: Outgoing[]): void {
    const { data } = item;
    if (typeof data !== "string" && !(data instanceof Uint8Array)) {
      item.state = "working";
      data.arrayBuffer().then((buffer) => {
        item.data = new Uint8Array(buffer);
        item.state = "waiting";
        if (this.#queue === queue) this.#work();
      }, (cause) => {
        if (this.#queue === queue) this.#connection.fail(INTERNAL_ERROR, "A message cannot be read", cause);
      });
      return;
    }
    item.state = "ready";
    const codec = this.#codec;
    if (codec === null || item.opcode > BINARY || item.opcode < TEXT || !codec.compresses(data.length)) {
      return;
    }
    item.state = "working";
    let returned = false;
    codec.deflate(typeof data === "string" ? encoder.encode(data) : data, (payload) => {
      item.data = payload;
      item.first |= RSV1;
      item.state = "ready";
      if (returned && this.#queue === queue) this.#work();
    });
    returned = true;
  }
}
