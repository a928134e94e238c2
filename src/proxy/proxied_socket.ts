import type { TlsInfo } from "../http/tls_info.ts";
import type { Address, Socket, SocketHandler } from "../net/socket.ts";
import { reportUncaught } from "../net/report_uncaught.ts";

/**
 * A socket that a proxy opened for a client: its remote address is the client's. It stands between the
 * proxy's socket and its owner, passes every call on, and holds the bytes that arrived together with the
 * header until the owner takes them.
 */
export class ProxiedSocket implements Socket, SocketHandler {
  readonly #socket: Socket;
  #remoteAddress: Address;
  #handler: SocketHandler;
  /** Bytes of the client that arrived together with the header; `null` once the owner has them. */
  #held: Uint8Array | null = null;
  #paused = false;

  /**
   * @param socket The socket of the proxy.
   * @param reader Receives the events until {@linkcode handOver}.
   */
  constructor(socket: Socket, reader: SocketHandler) {
    this.#socket = socket;
    this.#remoteAddress = socket.remoteAddress;
    this.#handler = reader;
  }

  get remoteAddress(): Address {
    return this.#remoteAddress;
  }

  get tls(): TlsInfo | null {
    return this.#socket.tls ?? null;
  }

  get unsent(): number {
    return this.#socket.unsent;
  }

  /**
   * Takes the result of the header.
   *
   * @param source The client, where the header names one.
   * @param rest The bytes behind the header.
   */
  headerRead(source: Address | null, rest: Uint8Array): void {
    if (source !== null) this.#remoteAddress = source;
    this.#held = rest;
  }

  /** Stops reading until {@linkcode handOver}. */
  park(): void {
    this.#socket.pause();
  }

  /**
   * Gives the connection to its owner.
   *
   * @param handler Receives the events from now on, the bytes behind the header first.
   */
  handOver(handler: SocketHandler): void {
    this.#handler = handler;
    this.#release();
  }

  write(data: string | Uint8Array): void {
    this.#socket.write(data);
  }

  flush(): boolean {
    return this.#socket.flush();
  }

  pause(): void {
    this.#paused = true;
    this.#socket.pause();
  }

  resume(): void {
    this.#paused = false;
    if (this.#held === null) this.#socket.resume();
    else queueMicrotask(() => this.#release());
  }

  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#held = null;
    this.#socket.destroy();
  }

  reset(): void {
    this.#held = null;
    this.#socket.reset();
  }

  onData(chunk: Uint8Array): void {
    this.#handler.onData(chunk);
  }

  onEnd(): void {
    this.#handler.onEnd();
  }

  onDrain(): void {
    this.#handler.onDrain();
  }

  onClose(error?: Error): void {
    this.#held = null;
    this.#handler.onClose(error);
  }

  /** Delivers the bytes behind the header, unless the owner has paused. */
  #release(): void {
    const held = this.#held;
    if (this.#paused || held === null) return;
    this.#held = null;
    try {
      if (held.length > 0) this.#handler.onData(held);
    } catch (error) {
      reportUncaught(error);
    }
    // Paused while the connection waited for its owner, or by the owner before it had these bytes.
    if (!this.#paused) this.#socket.resume();
  }
}
