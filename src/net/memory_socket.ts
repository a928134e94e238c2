import { BufferPool } from "./buffer_pool.ts";
import { ConnectedClient, type MemoryClientOptions, type MemoryPeer } from "./memory_client.ts";
import { Outbound } from "./outbound.ts";
import type { Address, Socket, SocketHandler } from "./socket.ts";
import { reportUncaught } from "./report_uncaught.ts";

const pool = new BufferPool((size) => new Uint8Array(size));

/** The server's end of a connection in memory. */
export class MemorySocket implements Socket, MemoryPeer {
  readonly remoteAddress: Address = { hostname: "127.0.0.1", port: 12345 };
  /** The other end. */
  readonly client: ConnectedClient;
  #handler: SocketHandler | undefined;
  readonly #inbox: (Uint8Array | null)[] = [];
  #scheduled = false;
  #paused = false;
  #peerEnded = false;
  #failure: Error | undefined;
  readonly #outbound: Outbound;
  #drained = false;
  #ended = false;
  #closed = false;

  constructor(options: MemoryClientOptions) {
    this.client = new ConnectedClient(this, options);
    this.#outbound = new Outbound(pool, {
      write: (bytes) => this.#failure === undefined ? this.client.accept(bytes) : 0,
    });
  }

  get unsent(): number {
    return this.#outbound.unsent;
  }

  start(handler: SocketHandler): void {
    this.#handler = handler;
    this.#schedule();
  }

  write(data: string | Uint8Array): void {
    if (!this.#closed) this.#outbound.push(data);
  }

  flush(): boolean {
    if (this.#send()) return true;
    this.#outbound.heldBack = true;
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
    if (this.#outbound.ending || this.#closed) return;
    this.#outbound.ending = true;
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

  arrive(item: Uint8Array | null): void {
    if (this.#closed || this.#failure !== undefined) return;
    if (item === null || item.length > 0) this.#inbox.push(item);
    this.#schedule();
  }

  fail(error: Error): void {
    this.#failure ??= error;
    this.#schedule();
  }

  makeRoom(): void {
    if (!this.#outbound.waits || !this.#send()) return;
    if (this.#outbound.ending) this.#closeWrite();
    this.#drained = this.#outbound.heldBack;
    this.#schedule();
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
        this.#outbound.heldBack = false;
        handler.onDrain();
      }
    } catch (error) {
      reportUncaught(error);
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
    this.#outbound.clear();
    this.client.left(true);
  }
}
