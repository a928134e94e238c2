import type { Listener } from "./listener.ts";
import type { SocketHandler } from "./socket.ts";

/**
 * A listener of the program's own, whose sockets may go on using the bytes that they bring, as one in a test does that sends the
 * same request twice. The runtimes' sockets give theirs away: content is moved together in them, and handed to the handler.
 */
export function copyingListener(listener: Listener): Listener {
  return {
    get address() {
      return listener.address;
    },
    start: (accept, onError) => listener.start((socket) => new CopyingHandler(accept(socket)), onError),
    pause: () => listener.pause(),
    resume: () => listener.resume(),
    close: () => listener.close(),
  };
}

class CopyingHandler implements SocketHandler {
  readonly #handler: SocketHandler;

  constructor(handler: SocketHandler) {
    this.#handler = handler;
  }

  onData(chunk: Uint8Array): void {
    this.#handler.onData(new Uint8Array(chunk));
  }

  onEnd(): void {
    this.#handler.onEnd();
  }

  onDrain(): void {
    this.#handler.onDrain();
  }

  onClose(error?: Error): void {
    this.#handler.onClose(error);
  }
}
