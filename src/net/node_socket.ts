import * as nodeBuffer from "node:buffer";
import { BufferPool } from "./buffer_pool.ts";
import { collectInTime } from "./collection.ts";
import { connectionLost } from "./errors.ts";
import { Inbound } from "./inbound.ts";
import { nodeTlsInfo } from "./node_tls_info.ts";
import { OutputQueue } from "./output_queue.ts";
import { peerAddress } from "./peer_address.ts";
import type { Address, Socket, SocketHandler } from "./socket.ts";
import type { TlsInfo } from "../http/tls_info.ts";

const pool = new BufferPool(nodeBuffer.Buffer.allocUnsafeSlow as (size: number) => Uint8Array);

const OWNER = Symbol("owner");

/** The used part of `net.Socket` and `tls.TLSSocket`. */
export interface NodeConn {
  [OWNER]?: NodeSocket;
  readonly remoteAddress: string | undefined;
  readonly remotePort: number | undefined;
  /** The TCP connection under a `tls.TLSSocket`; Bun has none. */
  readonly _parent?: NodeConn | null;
  /** `true` on `tls.TLSSocket` alone. */
  readonly encrypted?: boolean;
  /** Number of bytes that Node holds because the operating system has not taken them. */
  readonly writableLength: number;
  readonly destroyed: boolean;
  /** Returns `false` if the buffer of Node is full, or the connection is gone. */
  write(
    data: Uint8Array,
    encoding: undefined,
    done: ((error?: Error | null) => void) | undefined,
  ): boolean;
  end(data?: string): void;
  read(): Uint8Array | null;
  unshift(chunk: Uint8Array): void;
  destroy(): void;
  /** Throws on anything but plain TCP. */
  resetAndDestroy(): void;
  pause(): void;
  resume(): void;
  ref(): void;
  unref(): void;
  on(event: "data", listener: (this: NodeConn, chunk: Uint8Array<ArrayBuffer>) => void): void;
  on(event: "error", listener: (this: NodeConn, error: Error) => void): void;
  on(event: "end" | "close", listener: (this: NodeConn) => void): void;
  once(event: "readable", listener: () => void): void;
}

/**
 * Size in bytes of the pieces in which large bytes are written, so that `unsent` goes down while a slow peer
 * reads. Node reports a write only when the operating system has taken all of it.
 */
const PIECE = 128 * 1024;
/** Number of unsent bytes from which on `flush` holds back. */
const MAX_PENDING = 64 * 1024;
const NOTHING = new Uint8Array(0);

/** A connection that `net.Server` or `tls.Server` accepted. */
export class NodeSocket implements Socket {
  readonly remoteAddress: Address;
  readonly #conn: NodeConn;
  readonly #secure: boolean;
  #tls: TlsInfo | undefined;
  readonly #unix: boolean;
  readonly #inbound = new Inbound();
  #stopped = false;
  readonly #output = new OutputQueue(pool, true);
  /** Node holds bytes that the operating system had no room for. */
  #waiting = false;
  /** Those bytes are memory of the program, which it may not change before they have been sent. */
  #borrows = false;
  #heldBack = false;
  #ending = false;
  #peerEnded = false;
  /** The connection broke, and Node's `close` will follow. */
  #lost = false;
  #error: Error | undefined;

  constructor(conn: NodeConn, unix: boolean) {
    this.remoteAddress = unix ? { path: "" } : peerAddress(conn.remoteAddress, conn.remotePort);
    this.#conn = conn;
    this.#unix = unix;
    this.#secure = conn.encrypted === true;
    conn[OWNER] = this;
    conn.on("error", onError);
    conn.on("close", onClose);
  }

  /** The socket of a connection, if it has one. */
  static of(conn: NodeConn): NodeSocket | undefined {
    return conn[OWNER];
  }

  get tls(): TlsInfo | null {
    return this.#secure ? this.#tls ??= nodeTlsInfo(this.#conn) : null;
  }

  get unsent(): number {
    return this.#output.size + this.#conn.writableLength;
  }

  /** Begins to read. */
  start(handler: SocketHandler): void {
    this.#inbound.start(handler);
    this.#conn.on("end", onEnd);
    this.#conn.on("data", onData);
  }

  write(data: string | Uint8Array): void {
    if (!this.#inbound.closed && !this.#ending && !this.#lost) this.#output.push(data);
  }

  flush(): boolean {
    if (!this.#waiting) this.#send();
    if (this.#lost) return this.#inbound.closed;
    if (!this.#waiting) return true;
    const little = !this.#borrows && this.unsent < MAX_PENDING;
    if (little) return true;
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
    if (!this.#waiting) this.#send();
    if (!this.#waiting && !this.#lost) this.#conn.end();
  }

  destroy(): void {
    if (this.#giveUp()) this.#conn.destroy();
  }

  reset(): void {
    this.#reset();
  }

  #reset(error?: Error): void {
    if (!this.#giveUp(error)) return;
    if (this.#unix || this.#secure) this.#conn.destroy();
    else this.#conn.resetAndDestroy();
  }

  /** Drops all output. Returns `false` if the connection was closed before. */
  #giveUp(error?: Error): boolean {
    if (this.#inbound.closed) return false;
    this.#inbound.destroy(error);
    this.#drop();
    return true;
  }

  /**
   * Sends the queue until the operating system has no room. Breaks the connection off if bytes have changed.
   */
  #send(): void {
    try {
      this.#sendAll();
    } catch (error) {
      // Nothing may follow, not even an end.
      this.#lost = true;
      this.#reset(error as Error);
    }
  }

  #sendAll(): void {
    while (this.#output.size > 0) {
      const piece = this.#output.takeBytes(PIECE);
      const taken = this.#conn.write(piece, undefined, this.#secure ? this.#onWritten : undefined);
      if (!taken && this.#conn.destroyed) {
        // The connection is gone, and its close event follows. `flush` holds back, so that the owner leaves
        // the event loop a turn for that event.
        this.#lose();
        return;
      }
      if (this.#conn.writableLength > 0) {
        this.#waiting = true;
        this.#borrows = !this.#output.lends;
        // Only now is it known that a callback is needed, which has its cost. Over TLS it always is.
        if (!this.#secure) this.#conn.write(NOTHING, undefined, this.#onWritten);
        return;
      }
      this.#output.giveBack();
    }
  }

  readonly #onWritten = (error?: Error | null): void => {
    if (error || this.#inbound.closed) return;
    this.#waiting = false;
    this.#output.giveBack();
    this.#send();
    if (this.#waiting || this.#lost) return;
    if (this.#ending) this.#conn.end();
    if (!this.#heldBack) return;
    this.#heldBack = false;
    this.#inbound.drain();
  };

  /** Handles Node's `data`. */
  received(chunk: Uint8Array): void {
    collectInTime(chunk.length);
    this.#inbound.data(chunk);
    if (!this.#inbound.full || this.#stopped) return;
    this.#stopped = true;
    this.#conn.pause();
  }

  /** Handles Node's `end`, which comes even while paused. */
  ended(): void {
    this.#peerEnded = true;
    this.#inbound.end();
  }

  /** Handles Node's `error`. Without `destroy()` no `close` follows some errors of a TLS session. */
  failed(error: Error): void {
    this.#error ??= error;
    this.#lose();
    this.#conn.destroy();
  }

  /** Handles Node's `close`. */
  gone(): void {
    const inOrder = this.#ending && this.#peerEnded && !this.#waiting && !this.#lost;
    this.#drop();
    if (inOrder) this.#inbound.close();
    else this.#inbound.fail(this.#error ?? connectionLost());
  }

  #lose(): void {
    this.#lost = true;
    this.#drop();
  }

  #drop(): void {
    this.#output.clear();
    this.#waiting = false;
  }
}

// One function for all connections, found by `this`, rather than a closure for each.

function onData(this: NodeConn, chunk: Uint8Array<ArrayBuffer>): void {
  this[OWNER]!.received(chunk);
}

function onEnd(this: NodeConn): void {
  this[OWNER]!.ended();
}

function onError(this: NodeConn, error: Error): void {
  this[OWNER]!.failed(error);
}

function onClose(this: NodeConn): void {
  this[OWNER]!.gone();
}
