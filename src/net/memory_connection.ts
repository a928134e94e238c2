import { BufferPool } from "./buffer_pool.ts";
import { ChangedBytesError } from "./errors.ts";
import { OutputQueue } from "./output_queue.ts";
import type { Address, Socket, SocketHandler } from "./socket.ts";
import { surface } from "./surface.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const pool = new BufferPool((size) => new Uint8Array(size));

/** How a client in memory behaves. */
export interface MemoryClientOptions {
  /**
   * How many bytes the server can send to a client that does not read, before `flush` holds back.
   *
   * @default {65536}
   */
  readonly window?: number;
}

/** The client's end of a connection in memory. */
export class MemoryClient {
  /** Whether the server broke the connection off with a reset. */
  wasReset = false;
  readonly #socket: MemorySocket;
  readonly #window: number;
  #reading = true;
  #arrived: Uint8Array[] = [];
  #unread: Uint8Array[] = [];
  #unreadSize = 0;
  #ended = false;
  #closed = false;
  #waiters: { condition: () => boolean; resolve: () => void; reject: (error: Error) => void }[] = [];

  constructor(socket: MemorySocket, options: MemoryClientOptions) {
    this.#socket = socket;
    this.#window = options.window ?? 65536;
  }

  /** Sends bytes, or text as UTF-8. The server gets them in a microtask, as one chunk. */
  send(data: string | Uint8Array): void {
    this.#socket.arrive(typeof data === "string" ? encoder.encode(data) : new Uint8Array(data));
  }

  /** Closes this half. */
  end(): void {
    this.#socket.arrive(null);
  }

  /** Breaks the connection off: the server's `onClose` gets an error. */
  reset(): void {
    this.#closed = true;
    this.#socket.fail(Object.assign(new Error("Connection reset by peer"), { code: "ECONNRESET" }));
    this.#check();
  }

  /** Stops reading: what the server sends fills the window, then is held back. */
  pause(): void {
    this.#reading = false;
  }

  /** Reads on, what waits in the window first. */
  resume(): void {
    this.#reading = true;
    this.read(this.#unreadSize);
  }

  /**
   * Reads `count` bytes of what waits in the window of a client that does not read.
   *
   * @returns How many there were.
   */
  read(count: number): number {
    const waited = Math.min(count, this.#unreadSize);
    while (count > 0 && this.#unread.length > 0) {
      const chunk = this.#unread.shift()!;
      const taken = chunk.subarray(0, count);
      if (taken.length < chunk.length) this.#unread.unshift(chunk.subarray(count));
      this.#arrived.push(taken);
      this.#unreadSize -= taken.length;
      count -= taken.length;
    }
    this.#socket.makeRoom();
    this.#check();
    return waited;
  }

  /** What has been read so far. */
  get received(): Uint8Array {
    if (this.#arrived.length !== 1) this.#arrived = [join(this.#arrived)];
    return this.#arrived[0]!;
  }

  /** What has been read so far, as UTF-8. */
  get text(): string {
    return decoder.decode(this.received);
  }

  /** Whether the server has closed its half. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Whether the connection is over. Without {@linkcode ended} the server broke it off. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Returns what has been read so far and forgets it. */
  take(): Uint8Array {
    const received = this.received;
    this.#arrived = [];
    return received;
  }

  /**
   * Waits until `condition` holds, or `text` has been read. It is looked at whenever something arrives.
   *
   * @throws {Error} If the connection is over and it still does not hold.
   */
  until(condition: string | (() => boolean)): Promise<void> {
    const holds = typeof condition === "string" ? () => this.text.includes(condition) : condition;
    return new Promise((resolve, reject) => {
      this.#waiters.push({ condition: holds, resolve, reject });
      this.#check();
    });
  }

  /** For the server's end: takes what there is room for and returns how much that was. */
  accept(piece: Uint8Array): number {
    if (this.#reading) {
      this.#arrived.push(new Uint8Array(piece));
      this.#check();
      return piece.length;
    }
    const room = Math.min(piece.length, this.#window - this.#unreadSize);
    if (room > 0) this.#unread.push(new Uint8Array(piece.subarray(0, room)));
    this.#unreadSize += room;
    return room;
  }

  /** For the server's end: it closed its half, or both. */
  left(over: boolean): void {
    if (over) this.#closed = true;
    else this.#ended = true;
    this.#check();
  }

  #check(): void {
    if (this.#waiters.length === 0) return;
    this.#waiters = this.#waiters.filter(({ condition, resolve, reject }) => {
      if (condition()) {
        resolve();
        return false;
      }
      if (this.#closed) reject(new Error(`Connection over before the awaited: ${JSON.stringify(this.text)}`));
      return !this.#closed;
    });
  }
}

/** The server's end of a connection in memory. */
export class MemorySocket implements Socket {
  readonly remoteAddress: Address = { hostname: "127.0.0.1", port: 12345 };
  /** The other end. */
  readonly client: MemoryClient;
  bytesWritten = 0;
  #handler: SocketHandler | undefined;
  readonly #inbox: (Uint8Array | null)[] = [];
  #scheduled = false;
  #paused = false;
  #peerEnded = false;
  #failure: Error | undefined;
  readonly #output = new OutputQueue(pool, true);
  #rest: Uint8Array | undefined;
  #restSize = 0;
  #heldBack = false;
  #drained = false;
  #ending = false;
  #ended = false;
  #closed = false;

  constructor(options: MemoryClientOptions) {
    this.client = new MemoryClient(this, options);
  }

  start(handler: SocketHandler): void {
    this.#handler = handler;
    this.#schedule();
  }

  write(data: string | Uint8Array): void {
    if (!this.#closed && !this.#ending) this.#output.push(data);
  }

  flush(): boolean {
    if (this.#send()) return true;
    this.#heldBack = true;
    return false;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#schedule();
  }

  end(): void {
    if (this.#ending || this.#closed) return;
    this.#ending = true;
    if (this.#send()) this.#closeWrite();
  }

  destroy(): void {
    this.#giveUp();
  }

  reset(): void {
    this.#reset();
  }

  #reset(error?: Error): void {
    if (this.#closed) return;
    this.client.wasReset = true;
    this.#giveUp(error);
  }

  #giveUp(error?: Error): void {
    if (this.#closed) return;
    this.#close();
    queueMicrotask(() => this.#handler?.onClose(error));
  }

  /** For the client: bytes, or `null` for its end. */
  arrive(item: Uint8Array | null): void {
    if (this.#closed || this.#failure !== undefined) return;
    if (item === null || item.length > 0) this.#inbox.push(item);
    this.#schedule();
  }

  /** For the client: it is gone. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.#schedule();
  }

  /** For the client: it has read. */
  makeRoom(): void {
    if (this.#rest === undefined || !this.#send()) return;
    if (this.#ending) this.#closeWrite();
    this.#drained = this.#heldBack;
    this.#schedule();
  }

  #send(): boolean {
    while (this.#rest !== undefined || this.#output.size > 0) {
      const piece = this.#take();
      if (piece === undefined) return false;
      const count = this.#failure === undefined ? this.client.accept(piece) : 0;
      this.bytesWritten += count;
      const isOwn = this.#output.lends;
      this.#output.giveBack();
      if (count === piece.length) continue;
      this.#rest = isOwn ? piece.slice(count) : piece.subarray(count);
      this.#restSize = piece.length - count;
      return false;
    }
    return true;
  }

  /** What is to be sent next. What cannot be sent breaks the connection off. */
  #take(): Uint8Array | undefined {
    try {
      return this.#takeRest() ?? this.#output.takeBytes();
    } catch (error) {
      this.#reset(error as Error);
      return undefined;
    }
  }

  #takeRest(): Uint8Array | undefined {
    const rest = this.#rest;
    if (rest !== undefined && rest.length !== this.#restSize) throw new ChangedBytesError();
    this.#rest = undefined;
    return rest;
  }

  #closeWrite(): void {
    this.#ended = true;
    this.client.left(false);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled || this.#handler === undefined) return;
    this.#scheduled = true;
    queueMicrotask(this.#run);
  }

  readonly #run = (): void => {
    this.#scheduled = false;
    const handler = this.#handler!;
    try {
      while (this.#inbox.length > 0 && !this.#paused && !this.#closed) {
        const item = this.#inbox.shift()!;
        if (item !== null) {
          handler.onData(item);
        } else {
          this.#peerEnded = true;
          handler.onEnd();
        }
      }
      if (this.#drained && !this.#closed) {
        this.#drained = false;
        this.#heldBack = false;
        handler.onDrain();
      }
    } catch (error) {
      surface(error);
      this.#schedule();
      return;
    }
    if (this.#closed || (this.#failure === undefined && !(this.#ended && this.#peerEnded))) return;
    this.#close();
    handler.onClose(this.#failure);
  };

  #close(): void {
    this.#closed = true;
    this.#inbox.length = 0;
    this.#rest = undefined;
    this.#output.clear();
    this.client.left(true);
  }
}

function join(chunks: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(chunks.reduce((size, chunk) => size + chunk.length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    joined.set(chunk, offset);
    offset += chunk.length;
  }
  return joined;
}
