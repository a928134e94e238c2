import type { Socket, SocketHandler } from "../net/socket.ts";
import type { ClientConnection } from "./host.ts";

/** Passes the bytes of a connection on to another connection, and back, each held back by the other. */
export class Relay implements SocketHandler {
  readonly #socket: Socket;
  readonly #upstream: ClientConnection;
  #upstreamEnded = false;

  /**
   * @param socket The accepted connection.
   * @param upstream The connection to the server.
   */
  constructor(socket: Socket, upstream: ClientConnection) {
    this.#socket = socket;
    this.#upstream = upstream;
    upstream.on("data", (bytes) => {
      socket.write(bytes);
      if (!socket.flush()) upstream.pause();
    });
    upstream.on("drain", () => socket.resume());
    upstream.on("end", () => {
      this.#upstreamEnded = true;
      socket.end();
    });
    // The close event follows.
    upstream.on("error", () => {});
    upstream.on("close", () => {
      if (!this.#upstreamEnded) socket.destroy();
    });
  }

  onData(chunk: Uint8Array): void {
    if (!this.#upstream.write(chunk)) this.#socket.pause();
  }

  onEnd(): void {
    this.#upstream.end();
  }

  onDrain(): void {
    this.#upstream.resume();
  }

  onClose(): void {
    this.#upstream.destroy();
  }
}
