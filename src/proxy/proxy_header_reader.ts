import type { Socket, SocketHandler } from "../net/socket.ts";
import { timerHolds } from "../net/longest_delay.ts";
import { ProxiedSocket } from "./proxied_socket.ts";
import { MAX_PROXY_HEADER, parseProxyHeader } from "./proxy_header.ts";

/** The listener that waits for the header of a connection. */
export interface HeaderReaderOwner {
  /** The header has been read: the connection can be handed over. */
  headerRead(reader: ProxyHeaderReader): void;
  /** The connection is over, or has been given up, before it was handed over. */
  connectionLost(reader: ProxyHeaderReader): void;
}

/** Reads the header of a trusted connection, and closes the connection if there is none. */
export class ProxyHeaderReader implements SocketHandler {
  /** The connection as its owner will see it. */
  readonly socket: ProxiedSocket;
  readonly #owner: HeaderReaderOwner;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** The header so far, where it did not arrive in one piece. */
  #bytes: Uint8Array | null = null;
  #size = 0;
  #isRead = false;

  /**
   * @param socket The socket of the proxy.
   * @param owner The listener.
   * @param timeout Milliseconds that the header may take.
   */
  constructor(socket: Socket, owner: HeaderReaderOwner, timeout: number) {
    this.socket = new ProxiedSocket(socket, this);
    this.#owner = owner;
    if (timerHolds(timeout)) this.#timer = setTimeout(() => this.giveUp(), timeout);
  }

  /** `true` if the header has been read. */
  get isRead(): boolean {
    return this.#isRead;
  }

  /** Breaks the connection off. */
  giveUp(): void {
    clearTimeout(this.#timer);
    this.socket.destroy();
    this.#owner.connectionLost(this);
  }

  onData(chunk: Uint8Array): void {
    const before = this.#size;
    const bytes = this.#append(chunk);
    const header = parseProxyHeader(bytes);
    if (header === "partial") {
      this.#keep(chunk);
    } else if (header === "malformed") {
      this.giveUp();
    } else {
      clearTimeout(this.#timer);
      this.#isRead = true;
      this.#bytes = null;
      this.socket.headerRead(header.source, chunk.subarray(header.size - before));
      this.#owner.headerRead(this);
    }
  }

  onEnd(): void {
    this.giveUp();
  }

  onDrain(): void {}

  onClose(): void {
    clearTimeout(this.#timer);
    this.#owner.connectionLost(this);
  }

  /** The bytes so far and those of a chunk, as many as can be a header's. */
  #append(chunk: Uint8Array): Uint8Array {
    if (this.#bytes === null) return chunk;
    const part = chunk.subarray(0, MAX_PROXY_HEADER - this.#size);
    this.#bytes.set(part, this.#size);
    return this.#bytes.subarray(0, this.#size + part.length);
  }

  /** Keeps a chunk that does not end the header. */
  #keep(chunk: Uint8Array): void {
    if (this.#bytes === null) {
      this.#bytes = new Uint8Array(MAX_PROXY_HEADER);
      this.#bytes.set(chunk);
    }
    this.#size += chunk.length;
  }
}
