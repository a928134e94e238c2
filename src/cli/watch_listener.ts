import type { Accept, Listener } from "../net/listener.ts";
import type { Socket, SocketHandler } from "../net/socket.ts";

/** Takes the events of a connection until it is known who serves it. */
class HeldConnection implements SocketHandler {
  readonly socket: Socket;
  #handler: SocketHandler | null = null;
  #isClosed = false;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.pause();
  }

  /** Gives the connection to its handler. */
  serve(accept: Accept): void {
    if (this.#isClosed) return;
    this.#handler = accept(this.socket);
    this.socket.resume();
  }

  // While the connection is paused it brings neither bytes nor an end.
  onData(chunk: Uint8Array): void {
    this.#handler?.onData(chunk);
  }

  onEnd(): void {
    this.#handler?.onEnd();
  }

  onDrain(): void {
    this.#handler?.onDrain();
  }

  onClose(error?: Error): void {
    this.#isClosed = true;
    this.#handler?.onClose(error);
  }
}

/** Connections that wait for the server to be started; beyond it the oldest is closed. */
const MAX_HELD = 512;

/**
 * Keeps a port open while the process that serves it is started again: connections wait until there is
 * somebody to serve them.
 */
export class WatchListener {
  readonly #listener: Listener;
  #accept: Accept | null = null;
  readonly #held = new Set<HeldConnection>();

  /**
   * @param listener The listening socket.
   * @param onError Takes failures to accept.
   */
  constructor(listener: Listener, onError: (error: Error) => void) {
    this.#listener = listener;
    listener.start((socket) => this.#take(socket), onError);
  }

  /** Makes connections wait. */
  hold(): void {
    this.#accept = null;
  }

  /** Gives the connections that wait, and further ones, to a handler. */
  serve(accept: Accept): void {
    this.#accept = accept;
    for (const held of this.#held) held.serve(accept);
    this.#held.clear();
  }

  /** Stops listening. */
  async close(): Promise<void> {
    for (const { socket } of this.#held) socket.destroy();
    await this.#listener.close();
  }

  #take(socket: Socket): SocketHandler {
    if (this.#accept !== null) return this.#accept(socket);
    const held = new HeldConnection(socket);
    this.#held.add(held);
    if (this.#held.size > MAX_HELD) {
      const [oldest] = this.#held;
      this.#held.delete(oldest!);
      oldest!.socket.destroy();
    }
    return held;
  }
}
