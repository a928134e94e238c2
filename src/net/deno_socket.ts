import { BufferPool } from "./buffer_pool.ts";
import { collectInTime } from "./collection.ts";
import { ChangedBytesError } from "./errors.ts";
import { Inbound } from "./inbound.ts";
import { OutputQueue } from "./output_queue.ts";
import { peerAddress } from "./peer_address.ts";
import { type Address, ownsBuffer, type Socket, type SocketHandler } from "./socket.ts";
import type { TlsInfo } from "../http/tls_info.ts";

/** The used part of `Deno.Listener.addr` and `Deno.Conn.remoteAddr`. */
export type DenoAddress =
  | { readonly transport: "tcp"; readonly hostname: string; readonly port: number }
  | { readonly transport: "unix"; readonly path: string };

/** The used part of `Deno.TcpConn`, `Deno.UnixConn` and `Deno.TlsConn`. */
export interface DenoConn {
  readonly remoteAddr: DenoAddress;
  read(buffer: Uint8Array): Promise<number | null>;
  write(data: Uint8Array): Promise<number>;
  /** A Unix socket has none. */
  setNoDelay?(on: boolean): void;
  closeWrite(): Promise<void>;
  close(): void;
  handshake?(): Promise<{ readonly alpnProtocol: string | null }>;
}

/**
 * Size in bytes of a buffer for reads. Several small reads share one, because Deno takes long to allocate
 * each.
 */
const SLAB = 8 * 1024;
/**
 * Largest size of a buffer for reads. After two reads in a row that filled their buffer the next one is four
 * times as large. One such read is not enough: a body of 10 KB would pay for a large buffer. A larger limit
 * would cost less CPU time and more memory.
 */
const MAX_SLAB = 64 * 1024;
/** Space in bytes below which the next read gets a new slab. */
const MIN_SPACE = 2 * 1024;
/** Number of half-free slabs of closed connections that are kept for later ones. */
const MAX_SPARES = 64;
/** Number of unsent bytes from which on `flush` holds back. */
const MAX_PENDING = 64 * 1024;

const pool = new BufferPool((size) => new Uint8Array(size));
const EMPTY = new Uint8Array(0);

/** The free parts of those slabs. */
const spares: Uint8Array[] = [];

/** A connection that `Deno.Listener.accept` gave. */
export class DenoSocket implements Socket {
  readonly remoteAddress: Address;
  readonly tls: TlsInfo | null;
  readonly #conn: DenoConn;
  readonly #inbound = new Inbound();

  /** Buffer for reads. */
  #slab: Uint8Array = EMPTY;
  #slabSize = SLAB;
  /** The last read filled its slab. */
  #filled = false;
  #offset = 0;
  #reading = false;
  #peerEnded = false;

  /** Large bytes are not copied: that costs more than a write of their own. */
  readonly #output = new OutputQueue(pool, false);
  /** Bytes that a write is sending: what is left of them after partial writes. */
  #sending: Uint8Array | undefined;
  /** Number of bytes of `#sending` that the operating system has not taken. */
  #unsent = 0;
  #flushAgain = false;
  #heldBack = false;
  #ending = false;
  #ended = false;

  /**
   * @param conn The connection.
   * @param alpnProtocol Protocol agreed upon by ALPN; absent without TLS.
   */
  constructor(conn: DenoConn, alpnProtocol?: string | null) {
    const { remoteAddr } = conn;
    this.remoteAddress = remoteAddr.transport === "unix"
      ? { path: "" }
      : peerAddress(remoteAddr.hostname, remoteAddr.port);
    this.tls = alpnProtocol === undefined
      ? null
      : { protocol: null, serverName: null, alpnProtocol, peerCertificate: null, authorized: false };
    this.#conn = conn;
    try {
      conn.setNoDelay?.(true);
    } catch {
      // The connection is gone, as the first read will report. macOS cannot set options on it.
    }
  }

  /** A socket without a connection. While it is kept, V8 keeps the compiled code of this class. */
  static unconnected(): DenoSocket {
    return new DenoSocket({ remoteAddr: { transport: "unix", path: "" } } as DenoConn);
  }

  get unsent(): number {
    return this.#output.size + this.#unsent;
  }

  /** Begins to read. */
  start(handler: SocketHandler): void {
    this.#inbound.start(handler);
    this.#read();
  }

  write(data: string | Uint8Array): void {
    if (!this.#inbound.closed && !this.#ending) this.#output.push(data);
  }

  flush(): boolean {
    if (this.#sending === undefined) this.#send();
    else this.#flushAgain = this.#output.size > 0;
    // Memory of the program is its own again only when it has been sent.
    const little = this.#output.lends && this.unsent < MAX_PENDING;
    if (this.#sending === undefined || little) return true;
    this.#heldBack = true;
    return false;
  }

  pause(): void {
    this.#inbound.paused = true;
  }

  resume(): void {
    if (!this.#inbound.paused) return;
    this.#inbound.resume();
    this.#read();
  }

  end(): void {
    if (this.#ending || this.#inbound.closed) return;
    this.#ending = true;
    if (this.#sending === undefined) this.#send();
    else this.#flushAgain = this.#output.size > 0;
    if (this.#sending === undefined && !this.#inbound.closed) this.#closeWrite();
  }

  destroy(): void {
    this.#giveUp();
  }

  reset(): void {
    this.#giveUp();
  }

  #giveUp(error?: Error): void {
    if (this.#inbound.closed) return;
    this.#inbound.destroy(error);
    this.#close();
  }

  #read(): void {
    if (this.#reading || this.#inbound.full || this.#peerEnded || this.#inbound.closed) return;
    if (this.#slab.length - this.#offset < MIN_SPACE) {
      const spare = this.#slabSize === SLAB ? spares.pop() : undefined;
      this.#slab = spare ?? new Uint8Array(this.#slabSize);
      this.#offset = 0;
    }
    this.#reading = true;
    this.#conn.read(this.#offset === 0 ? this.#slab : this.#slab.subarray(this.#offset))
      .then(this.#onRead, this.#onError);
  }

  readonly #onRead = (count: number | null): void => {
    this.#reading = false;
    if (this.#inbound.closed) return;
    if (count === null) {
      this.#peerEnded = true;
      this.#inbound.end();
      this.#closeIfDone();
      return;
    }
    collectInTime(count);
    const end = this.#offset + count;
    const chunk = this.#slab.subarray(this.#offset, end);
    this.#offset = end;
    const filled = count === this.#slab.length;
    if (filled && this.#filled) this.#slabSize = Math.min(this.#slabSize * 4, MAX_SLAB);
    // A connection that goes idle must not hold a large slab.
    else if (count < SLAB) this.#slabSize = SLAB;
    this.#filled = filled;
    if (ownsBuffer(chunk) || this.#slab.length > this.#slabSize) {
      this.#slab = EMPTY;
      this.#offset = 0;
    }
    this.#inbound.data(chunk);
    this.#read();
  };

  /** Sends the first bytes of the queue. Breaks the connection off if they have changed. */
  #send(): void {
    if (this.#output.size === 0) return;
    try {
      this.#write(this.#output.takeBytes());
      this.#flushAgain = this.#output.size > 0;
    } catch (error) {
      this.#giveUp(error as Error);
    }
  }

  #write(bytes: Uint8Array): void {
    this.#sending = bytes;
    this.#unsent = bytes.length;
    this.#conn.write(bytes).then(this.#onWritten, this.#onError);
  }

  readonly #onWritten = (count: number): void => {
    if (this.#inbound.closed) return;
    this.#unsent -= count;
    if (this.#unsent > 0) {
      this.#sendRest(count);
      return;
    }
    this.#sending = undefined;
    this.#output.giveBack();
    if (this.#flushAgain) {
      this.#flushAgain = false;
      this.#send();
      return;
    }
    if (this.#ending) this.#closeWrite();
    if (!this.#heldBack) return;
    this.#heldBack = false;
    this.#inbound.drain();
  };

  #sendRest(taken: number): void {
    const sending = this.#sending!;
    // A detached array has the length 0.
    if (sending.length === taken + this.#unsent) this.#write(sending.subarray(taken));
    else this.#giveUp(new ChangedBytesError());
  }

  #closeWrite(): void {
    this.#conn.closeWrite().then(this.#onEnded, this.#onError);
  }

  readonly #onEnded = (): void => {
    this.#ended = true;
    this.#closeIfDone();
  };

  readonly #onError = (error: Error): void => {
    if (this.#inbound.closed) return;
    this.#close();
    this.#inbound.fail(error);
  };

  #closeIfDone(): void {
    if (!this.#ended || !this.#peerEnded || this.#inbound.closed) return;
    this.#close();
    this.#inbound.close();
  }

  /** Closes the connection and releases all memory. */
  #close(): void {
    this.#leaveSlab();
    this.#slab = EMPTY;
    this.#sending = undefined;
    this.#unsent = 0;
    this.#output.clear();
    try {
      this.#conn.close();
    } catch {
      // Nothing is left to close.
    }
  }

  /** Keeps the free part of the slab for another connection, unless a pending read may still write there. */
  #leaveSlab(): void {
    if (this.#reading || spares.length === MAX_SPARES || this.#slab.length > SLAB) return;
    if (this.#slab.length - this.#offset >= SLAB / 2) spares.push(this.#slab.subarray(this.#offset));
  }
}
