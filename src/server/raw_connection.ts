import { ConnectionClosedError } from "../http/errors.ts";
import type { UpgradedConnection } from "../http/response.ts";
import type { Socket, SocketHandler } from "../net/socket.ts";
import type { Output } from "./output.ts";

/** How many bytes are kept for a reader that does not read, before the client is held back. */
const HIGH_WATER_MARK = 65536;

/** A connection after an upgrade: a socket as a pair of streams. */
export class RawConnection implements SocketHandler {
  readonly #socket: Socket;
  readonly #output: Output;
  #controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>> | null = null;
  #writer: WritableStreamDefaultController | null = null;
  #readEnded = false;
  readonly #leave: () => void;
  #over = false;
  /** What the handler works with. */
  readonly streams: UpgradedConnection;

  /**
   * @param socket The connection.
   * @param output Its writing side.
   * @param early What the client has sent behind its request.
   * @param ended Whether the client has closed its half.
   * @param leave Called when the handler has closed its half and reads no more: sees to it that the connection ends.
   */
  constructor(socket: Socket, output: Output, early: Uint8Array, ended: boolean, leave: () => void) {
    this.#socket = socket;
    this.#output = output;
    this.#leave = leave;
    const readable = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start: (controller) => {
        this.#controller = controller;
        if (early.length > 0) this.onData(early);
        if (ended) this.onEnd();
      },
      pull: () => this.#socket.resume(),
      cancel: () => this.#discard(),
    }, { highWaterMark: HIGH_WATER_MARK, size: (chunk) => chunk.byteLength });
    const writable = new WritableStream<Uint8Array>({
      start: (controller) => void (this.#writer = controller),
      write: (chunk) => this.#write(chunk),
      close: () => this.#end(),
      abort: () => this.#socket.destroy(),
    });
    this.streams = { readable, writable };
  }

  /** Bytes of the client's. */
  onData(chunk: Uint8Array): void {
    if (this.#controller === null) return;
    // With a buffer of its own: what lies beside it belongs to others.
    this.#controller.enqueue(new Uint8Array(chunk));
    if ((this.#controller.desiredSize ?? 0) <= 0) this.#socket.pause();
  }

  /** The client closed its half. */
  onEnd(): void {
    this.#readEnded = true;
    this.#controller?.close();
    this.#controller = null;
  }

  /** The operating system took all that was held back. */
  onDrain(): void {
    this.#output.onDrain();
  }

  /** The connection is gone. */
  onClose(error?: Error): void {
    const closed = new ConnectionClosedError("The connection was closed", { cause: error });
    this.#output.close(closed);
    if (!this.#readEnded) this.#controller?.error(closed);
    this.#controller = null;
    this.#writer?.error(closed);
    this.#writer = null;
    this.#over = true;
  }

  #write(chunk: Uint8Array): Promise<void> {
    if (!(chunk instanceof Uint8Array)) {
      throw new TypeError("Cannot write to the connection: the chunk is no Uint8Array");
    }
    this.#output.write(chunk);
    return this.#output.ready();
  }

  #end(): void {
    this.#writer = null;
    this.#output.flush();
    this.#socket.end();
    this.#leaveIfLeft();
  }

  #discard(): void {
    this.#controller = null;
    this.#socket.resume();
    this.#leaveIfLeft();
  }

  #leaveIfLeft(): void {
    if (this.#controller !== null || this.#writer !== null || this.#over) return;
    this.#over = true;
    this.#leave();
  }
}
