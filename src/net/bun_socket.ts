import { BufferPool } from "./buffer_pool.ts";
import { ChangedBytesError, connectionLost } from "./errors.ts";
import { Inbound } from "./inbound.ts";
import { OutputQueue } from "./output_queue.ts";
import { peerAddress } from "./peer_address.ts";
import type { Address, Socket, SocketHandler } from "./socket.ts";
import type { TlsInfo } from "./tls.ts";

/** What is used of `Bun.Socket`. */
export interface BunConn {
  data: BunSocket;
  readonly remoteAddress: string | undefined;
  readonly remotePort: number | undefined;
  /** Returns how much the system took, less than all when it is full, and -1 when the connection is gone. */
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
  readonly #output = new OutputQueue(pool, true);
  /** What the system had no room for. */
  #rest: Uint8Array | undefined;
  #restSize = 0;
  /** Whether a write found the connection gone. */
  #lost = false;
  #heldBack = false;
  #ending = false;
  #error: Error | undefined;

  /**
   * @param conn The connection.
   * @param unix Whether it came by a Unix socket, which has no address.
   * @param secure Whether it speaks TLS.
   */
  constructor(conn: BunConn, unix: boolean, secure: boolean) {
    this.#secure = secure;
    this.remoteAddress = unix ? { path: "" } : peerAddress(conn.remoteAddress, conn.remotePort);
    this.#conn = conn;
    conn.data = this;
  }

  get tls(): TlsInfo | null {
    return this.#secure ? this.#tls ??= tlsInfo(this.#conn) : null;
  }

  get unsent(): number {
    return this.#output.size + (this.#rest === undefined ? 0 : this.#restSize);
  }

  /** Hands over: events go to `handler` from now on. */
  start(handler: SocketHandler): void {
    this.#inbound.start(handler);
  }

  write(data: string | Uint8Array): void {
    if (!this.#inbound.closed && !this.#ending) this.#output.push(data);
  }

  flush(): boolean {
    if (this.#inbound.closed) return true;
    if (this.#rest === undefined && this.#send()) return true;
    this.#heldBack = true;
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
    if (this.#ending || this.#inbound.closed) return;
    this.#ending = true;
    if (this.#rest === undefined && this.#send()) this.#conn.shutdown();
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

  /** Forgets everything; whether there is still a connection to be closed. */
  #giveUp(error?: Error): boolean {
    if (this.#inbound.closed) return false;
    this.#inbound.destroy(error);
    this.#drop();
    return true;
  }

  /** Bun's `data`. */
  received(chunk: Uint8Array): void {
    this.#inbound.data(chunk);
    if (!this.#inbound.full || this.#stopped) return;
    this.#stopped = true;
    this.#conn.pause();
  }

  /** Bun's `end`. */
  ended(): void {
    this.#inbound.end();
  }

  /** Bun's `drain`, which also comes when nothing waited. */
  drained(): void {
    if (this.#rest !== undefined) {
      if (!this.#send()) return;
      if (this.#ending) this.#conn.shutdown();
    }
    if (!this.#heldBack) return;
    this.#heldBack = false;
    this.#inbound.drain();
  }

  /** Bun's `error`: a TLS session that broke; its close event follows. */
  failed(error: Error): void {
    this.#error ??= error;
  }

  /** Bun's `close`. When this half had been closed before, Bun tells of the peer's end by this alone. */
  closed(error: Error | undefined): void {
    const unsent = !this.#ending || this.#rest !== undefined || this.#lost;
    const reason = error ?? this.#error ?? (unsent ? connectionLost() : undefined);
    this.#drop();
    // A call of the owner may have brought it about.
    queueMicrotask(() => reason === undefined ? this.#inbound.close() : this.#inbound.fail(reason));
  }

  /** Sends what is queued; whether the system took all. What cannot be sent breaks the connection off. */
  #send(): boolean {
    try {
      while (this.#rest !== undefined || this.#output.size > 0) {
        if (!this.#sendPiece(this.#takeRest() ?? this.#output.takeBytes())) return false;
      }
      return true;
    } catch (error) {
      this.#reset(error as Error);
      return false;
    }
  }

  #takeRest(): Uint8Array | undefined {
    const rest = this.#rest;
    if (rest === undefined) return undefined;
    if (rest.length !== this.#restSize) throw new ChangedBytesError();
    this.#rest = undefined;
    return rest;
  }

  /** The system copies what it takes before the call returns; of a buffer of the pool what it leaves is copied here. */
  #sendPiece(piece: Uint8Array): boolean {
    const count = this.#conn.write(piece);
    if (count === piece.length) {
      this.#output.giveBack();
      return true;
    }
    if (count < 0) {
      // The connection is gone; its close event is on the way, and the owner has to let it come.
      this.#lost = true;
      this.#output.clear();
      return false;
    }
    this.#rest = this.#output.lends ? piece.slice(count) : piece.subarray(count);
    this.#output.giveBack();
    this.#restSize = piece.length - count;
    return false;
  }

  #drop(): void {
    this.#rest = undefined;
    this.#output.clear();
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
