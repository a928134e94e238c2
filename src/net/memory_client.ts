const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Options of a client in memory. */
export interface MemoryClientOptions {
  /**
   * Number of bytes that the server can send to a client that does not read, before `flush` holds back.
   *
   * @default {65536}
   */
  readonly window?: number;
}

/** The client's end of a connection in memory. */
export interface MemoryClient {
  /** The bytes read so far. */
  readonly received: Uint8Array;
  /** The bytes read so far, as UTF-8. */
  readonly text: string;
  /** The server has closed its half. */
  readonly ended: boolean;
  /** The connection is over. Without {@linkcode ended} the server broke it off. */
  readonly closed: boolean;
  /** The server broke the connection off with a reset. */
  readonly wasReset: boolean;
  /** Sends bytes, or text as UTF-8. The server gets them in a microtask, as one chunk. */
  send(data: string | Uint8Array): void;
  /** Closes this half. */
  end(): void;
  /** Breaks the connection off: the server's `onClose` gets an error. */
  reset(): void;
  /** Stops reading: the output of the server fills the window, then is held back. */
  pause(): void;
  /** Reads again, first the bytes in the window. */
  resume(): void;
  /**
   * Reads up to `count` bytes from the window of a client that does not read.
   *
   * @returns The number of bytes read.
   */
  read(count: number): number;
  /** Returns the bytes read so far and forgets them. */
  take(): Uint8Array;
  /**
   * Waits until a condition holds, or a text has been read. It is checked whenever something arrives.
   *
   * @throws {Error} If the connection is over and the condition does not hold.
   */
  until(condition: string | (() => boolean)): Promise<void>;
}

/** The server's end, as the client uses it. */
export interface MemoryPeer {
  /** Bytes, or `null` for the client's end. */
  arrive(item: Uint8Array | null): void;
  /** The client is gone. */
  fail(error: Error): void;
  /** The client has read. */
  makeRoom(): void;
}

/** A client, as the server's end uses it. */
export class ConnectedClient implements MemoryClient {
  wasReset = false;
  readonly #peer: MemoryPeer;
  readonly #window: number;
  #reading = true;
  #arrived: Uint8Array[] = [];
  #unread: Uint8Array[] = [];
  #unreadSize = 0;
  #ended = false;
  #closed = false;
  #waiters: { condition: () => boolean; resolve: () => void; reject: (error: Error) => void }[] = [];

  constructor(peer: MemoryPeer, options: MemoryClientOptions) {
    this.#peer = peer;
    this.#window = options.window ?? 65536;
  }

  send(data: string | Uint8Array): void {
    this.#peer.arrive(typeof data === "string" ? encoder.encode(data) : new Uint8Array(data));
  }

  end(): void {
    this.#peer.arrive(null);
  }

  reset(): void {
    this.#closed = true;
    this.#peer.fail(Object.assign(new Error("Connection reset by peer"), { code: "ECONNRESET" }));
    this.#check();
  }

  pause(): void {
    this.#reading = false;
  }

  resume(): void {
    this.#reading = true;
    this.read(this.#unreadSize);
  }

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
    this.#peer.makeRoom();
    this.#check();
    return waited;
  }

  get received(): Uint8Array {
    if (this.#arrived.length !== 1) this.#arrived = [join(this.#arrived)];
    return this.#arrived[0]!;
  }

  get text(): string {
    return decoder.decode(this.received);
  }

  get ended(): boolean {
    return this.#ended;
  }

  get closed(): boolean {
    return this.#closed;
  }

  take(): Uint8Array {
    const received = this.received;
    this.#arrived = [];
    return received;
  }

  until(condition: string | (() => boolean)): Promise<void> {
    const holds = typeof condition === "string" ? () => this.text.includes(condition) : condition;
    return new Promise((resolve, reject) => {
      this.#waiters.push({ condition: holds, resolve, reject });
      this.#check();
    });
  }

  /** Takes the bytes of the server that there is room for, and returns their number. */
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

  /** Reports that the server closed its half, or both. */
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

function join(chunks: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(chunks.reduce((size, chunk) => size + chunk.length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    joined.set(chunk, offset);
    offset += chunk.length;
  }
  return joined;
}
