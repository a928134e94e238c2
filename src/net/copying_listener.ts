import type { Listener } from "./listener.ts";
import type { SocketHandler } from "./socket.ts";

/**
 * Wraps a listener of the program, so that its sockets can keep the bytes that they deliver: the handler gets
 * a copy. The sockets of this package give their bytes away, and the server writes to them.
 */
export function copyingListener(listener: Listener): Listener {
  const { ref, unref, setCertificates } = listener;
  return {
    get address() {
      return listener.address;
    },
    start: (accept, onError) => listener.start((socket) => new CopyingHandler(accept(socket)), onError),
    pause: () => listener.pause(),
    resume: () => listener.resume(),
    close: () => listener.close(),
    ...(ref === undefined ? {} : { ref: () => ref.call(listener) }),
    ...(unref === undefined ? {} : { unref: () => unref.call(listener) }),
    ...(setCertificates === undefined
      ? {}
      : { setCertificates: (credentials) => setCertificates.call(listener, credentials) }),
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
