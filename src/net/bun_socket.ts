import { BufferPool } from "./buffer_pool.ts";
import { connectionLost } from "./errors.ts";
import { Inbound } from "./inbound.ts";
import { Outbound } from "./outbound.ts";
import { peerAddress } from "./peer_address.ts";
import type { Address, Socket, SocketHandler } from "./socket.ts";
import type { TlsInfo } from "../http/tls_info.ts";

/** The used part of `Bun.Socket`. */
export interface BunConn {
  data: BunSocket;
  readonly remoteAddress: string | undefined;
  readonly remotePort: number | undefined;
  /** Returns the number of bytes that the operating system took, and -1 if the connection is gone. */
  write(data: Uint8Array): number;
  /** Sends a FIN. */
  shutdown(): void;
  /** Closes. */
  end(): void;
  /** Closes with a TCP reset. */
  terminate(): void;
  pause(): void;
  resume(): void;
  readonly alpnProtocol?: string | false | null;
  getTLSVersion?(): string | null;
  getServername?(): string | null;
}

const pool = new BufferPool((size) => new Uint8Array(size));

/** A connection that `Bun.listen` accepted. */
export class BunSocket implements Socket {
  readonly remoteAddress: Address;
  readonly #conn: BunConn;
  readonly #secure: boolean;
  #tls: TlsInfo | undefined;
  readonly #inbound = new Inbound();
  #stopped = false;
  readonly #outbound: Outbound;
  #error: Error | undefined;

  /**
   * @param conn The connection.
   * @param unix It is a Unix socket, whose client has no address.
   * @param secure It speaks TLS.
   */
  constructor(conn: BunConn, unix: boolean, secure: boolean) {
    this.#secure = secure;
    this.remoteAddress = unix ? { path: "" } : peerAddress(conn.remoteAddress, conn.remotePort);
    this.#conn = conn;
    this.#outbound = new Outbound(pool, conn);
    conn.data = this;
  }

  get tls(): TlsInfo | null {
    return this.#secure ? this.#tls ??= tlsInfo(this.#conn) : null;
  }

  get unsent(): number {
    return this.#outbound.unsent;
  }

  /** Sets the handler of the events. */
  start(handler: SocketHandler): void {
    this.#inbound.start(handler);
  }

  write(data: string | Uint8Array): void {
    if (!this.#inbound.closed) this.#outbound.push(data);
  }

  flush(): boolean {
    if (this.#inbound.closed) return true;
    if (!this.#outbound.waits && this.#send()) return true;
    this.#outbound.heldBack = true;
    return false;
  }

  pause(): void {
    this.#inbound.paused = true;
  }

  resume(): void {
    if (!this.#inbound.paused) return;
    this.#inbound.resume();
    if (!this.#stopped) return;
    this.#stopped = false;
    this.#conn.resume();
  }

  end(): void {
    if (this.#outbound.ending || this.#inbound.closed) return;
    this.#outbound.ending = true;
    if (!this.#outbound.waits && this.#send()) this.#conn.shutdown();
  }

  destroy(): void {
    if (this.#giveUp()) this.#conn.end();
  }

  reset(): void {
    this.#reset();
  }

  #reset(error?: Error): void {
    if (this.#giveUp(error)) this.#conn.terminate();
  }

  /** Drops all output. Returns `false` if the connection was closed before. */
  #giveUp(error?: Error): boolean {
    if (this.#inbound.closed) return false;
    this.#inbound.destroy(error);
    this.#outbound.clear();
    return true;
  }

  /** Handles Bun's `data`. */
  received(chunk: Uint8Array): void {
    this.#inbound.data(chunk);
    if (!this.#inbound.full || this.#stopped) return;
    this.#stopped = true;
    this.#conn.pause();
  }

  /** Handles Bun's `end`. */
  ended(): void {
    this.#inbound.end();
  }

  /** Handles Bun's `drain`, which also comes when nothing waited. */
  drained(): void {
    const outbound = this.#outbound;
    if (outbound.waits) {
      if (!this.#send()) return;
      if (outbound.ending) this.#conn.shutdown();
    }
    if (!outbound.heldBack) return;
    outbound.heldBack = false;
    this.#inbound.drain();
  }

  /** Handles Bun's `error`: a TLS session broke. A close event follows. */
  failed(error: Error): void {
    this.#error ??= error;
  }

  /** Handles Bun's `close`. If this half was closed before, Bun reports the peer's end by this alone. */
  closed(error: Error | undefined): void {
    const { ending, waits, lost } = this.#outbound;
    const unsent = !ending || waits || lost;
    const reason = error ?? this.#error ?? (unsent ? connectionLost() : undefined);
    this.#outbound.clear();
    // Bun may call this from inside a call of the owner.
    queueMicrotask(() => reason === undefined ? this.#inbound.close() : this.#inbound.fail(reason));
  }

  /**
   * Sends the queue. Returns `false` if some of it is left. Breaks the connection off if bytes have changed.
   */
  #send(): boolean {
    try {
      return this.#outbound.send();
    } catch (error) {
      this.#reset(error as Error);
      return false;
    }
  }
}

function tlsInfo(conn: BunConn): TlsInfo {
  return {
    protocol: conn.getTLSVersion?.() || null,
    serverName: conn.getServername?.() || null,
    alpnProtocol: conn.alpnProtocol || null,
    peerCertificate: null,
    authorized: false,
  };
}
