import { ConnectionClosedError } from "../http/errors.ts";
import type { UpgradedConnection } from "../http/response.ts";
import type { UpgradedHandler, UpgradedSocket } from "./upgraded_socket.ts";

/** Maximum number of bytes kept for a reader that does not read, before the client is held back. */
const HIGH_WATER_MARK = 65536;

/** An upgraded connection as a pair of streams. */
export class UpgradedStreams implements UpgradedHandler {
  readonly #socket: UpgradedSocket;
  #controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>> | null = null;
  #writer: WritableStreamDefaultController | null = null;
  #readEnded = false;
  #over = false;
  #closed: ConnectionClosedError | null = null;
  /** The streams for the handler. */
  readonly streams: UpgradedConnection;

  /**
   * Creates the pair of streams.
   *
   * @param socket The connection.
   * @param early Bytes that arrived after the request.
   * @param ended `true` if the client has closed its half.
   */
  constructor(socket: UpgradedSocket, early: Uint8Array, ended: boolean) {
    this.#socket = socket;
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

  onData(chunk: Uint8Array): void {
    if (this.#controller === null) return;
    // The chunk is copied to a buffer of its own, because the other bytes of its buffer belong to other
    // users.
    this.#controller.enqueue(new Uint8Array(chunk));
    if ((this.#controller.desiredSize ?? 0) <= 0) this.#socket.pause();
  }

  onEnd(): void {
    this.#readEnded = true;
    this.#controller?.close();
    this.#controller = null;
  }

  onDrain(): void {}

  onClose(error?: Error): void {
    const closed = new ConnectionClosedError(
      "The connection was closed",
      error === undefined ? {} : { cause: error },
    );
    this.#closed = closed;
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
    this.#socket.write(chunk);
    // The write that waits fails with the same error as the later ones.
    return this.#socket.ready().catch((error) => {
      throw this.#closed ?? error;
    });
  }

  #end(): void {
    this.#writer = null;
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
    this.#socket.leave();
  }
}
