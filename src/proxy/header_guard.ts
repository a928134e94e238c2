import type { Socket, SocketHandler } from "../net/socket.ts";
import { proxyVersion } from "./proxy_header.ts";

/** Bytes that tell whether a connection begins with a header: those of the signature of version 2. */
const DECIDING_SIZE = 12;

const NOTHING = new Uint8Array(0);

/**
 * Passes the events of an untrusted connection on to its owner, and closes the connection if it begins with a
 * header of the PROXY protocol: a client that sends one pretends to be another.
 */
export class HeaderGuard implements SocketHandler {
  readonly #socket: Socket;
  readonly #handler: SocketHandler;
  /** First bytes, while they may be the beginning of a header; `null` once they are not. */
  #held: Uint8Array | null = NOTHING;

  /**
   * @param socket The connection.
   * @param handler Its owner.
   */
  constructor(socket: Socket, handler: SocketHandler) {
    this.#socket = socket;
    this.#handler = handler;
  }

  onData(chunk: Uint8Array): void {
    if (this.#held === null) this.#handler.onData(chunk);
    else this.#decide(this.#held, chunk);
  }

  onEnd(): void {
    const held = this.#held;
    this.#held = null;
    if (held !== null && held.length > 0) this.#handler.onData(held);
    this.#handler.onEnd();
  }

  onDrain(): void {
    this.#handler.onDrain();
  }

  onClose(error?: Error): void {
    this.#handler.onClose(error);
  }

  #decide(held: Uint8Array, chunk: Uint8Array): void {
    const needed = chunk.subarray(0, DECIDING_SIZE - held.length);
    const first = held.length === 0 ? needed : concat(held, needed);
    const version = proxyVersion(first);
    if (version === undefined) {
      this.#held = held.length === 0 ? new Uint8Array(first) : first;
    } else if (version !== null) {
      this.#socket.destroy();
    } else {
      this.#held = null;
      if (held.length > 0) this.#handler.onData(held);
      this.#handler.onData(chunk);
    }
  }
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
