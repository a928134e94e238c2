import { BufferPool } from "./buffer_pool.ts";
import { collectInTime } from "./collection.ts";
import { ChangedBytesError } from "./errors.ts";
import { Inbound } from "./inbound.ts";
import { OutputQueue } from "./output_queue.ts";
import { peerAddress } from "./peer_address.ts";
import { type Address, ownsBuffer, type Socket, type SocketHandler } from "./socket.ts";
import type { TlsInfo } from "./tls.ts";

/** What `Deno.Listener.addr` and `Deno.Conn.remoteAddr` are. */
export type DenoAddress =
  | { readonly transport: "tcp"; readonly hostname: string; readonly port: number }
  | { readonly transport: "unix"; readonly path: string };

/** What is used of `Deno.TcpConn`, `Deno.UnixConn` and `Deno.TlsConn`. */
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

/** One buffer takes many small reads, one after another: on Deno a fresh one for each costs 0.6 to 0.8 us. */
const SLAB = 8 * 1024;
/**
 * Where two reads in a row fill their slab, the next is four times as large, up to this: after the first of them a body of 10
 * KB would have to pay for a large one, 52 us instead of 44. More would cost less time (an upload of 1 GiB
 * 0.4 s of CPU time with 256 KiB, 0.7 s with 64 KiB) and more memory: see {@linkcode collectInTime}.
 */
const MAX_SLAB = 64 * 1024;
/** Below this much space left, reading goes on in a new slab. */
const MIN_SPACE = 2 * 1024;
/** Of slabs that closed connections leave at least half free, so many are kept for the next. */
const MAX_SPARES = 64;
/** Less than this may wait or be on its way before `flush` tells the owner to stop. */
const MAX_PENDING = 64 * 1024;

const pool = new BufferPool((size) => new Uint8Array(size));
const EMPTY = new Uint8Array(0);

/** What is free of them: a slab for each connection costs 4 us of 37 where it brings one request. */
const spares: Uint8Array[] = [];

/** A connection that `Deno.Listener.accept` gave. */
export class DenoSocket implements Socket {
  readonly remoteAddress: Address;
  readonly tls: TlsInfo | null;
  readonly #conn: DenoConn;
  readonly #inbound = new Inbound();

  /** Where reads go. */
  #slab: Uint8Array = EMPTY;
  #slabSize = SLAB;
  /** Whether the last read has filled its slab. */
  #filled = false;
  #offset = 0;
  #reading = false;
  #peerEnded = false;

  /** A copy of 100 KB costs more than a write of its own: 58 instead of 50 us for such a response. */
  readonly #output = new OutputQueue(pool, false);
  /** What is on its way, or the rest of it after a partial write. */
  #sending: Uint8Array | undefined;
  /** How much of `#sending` the system has not taken. */
  #unsent = 0;
  #flushAgain = false;
  #heldBack = false;
  #ending = false;
  #ended = false;

  /**
   * @param conn The connection.
   * @param alpnProtocol What was agreed upon by ALPN; absent without TLS.
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
      // The connection is gone, as reading it will tell: macOS has no options for one.
    }
  }

  /** One without a connection, to be kept: then V8 keeps what it compiled for sockets while none is open. */
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
    // What the program lends is its own again only when it has been sent.
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
    // Back to a small one, so that a connection that goes idle does not hold a large one.
    else if (count < SLAB) this.#slabSize = SLAB;
    this.#filled = filled;
    if (ownsBuffer(chunk) || this.#slab.length > this.#slabSize) {
      this.#slab = EMPTY;
      this.#offset = 0;
    }
    this.#inbound.data(chunk);
    this.#read();
  };

  /** Sends what is first in the queue. What cannot be sent breaks the connection off. */
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
    // Detached, it is empty.
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

  /** Closes and lets go of all memory. */
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

  /** What has been read stays as it is; what is free is for another connection, unless a read may still write there. */
  #leaveSlab(): void {
    if (this.#reading || spares.length === MAX_SPARES || this.#slab.length > SLAB) return;
    if (this.#slab.length - this.#offset >= SLAB / 2) spares.push(this.#slab.subarray(this.#offset));
  }
}
