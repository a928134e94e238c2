import type { FreshResponse } from "../../src/http/response.ts";
import type { TakeConnection, UpgradedHandler, UpgradedSocket } from "../../src/websocket/upgraded_socket.ts";

const UPGRADE = Symbol.for("handoff.upgrade");

/**
 * Lets a response hand over its connection by callbacks, over the streams of `upgrade()`, where its server does not do so
 * itself.
 */
export function lendUpgrade(res: FreshResponse): void {
  if (UPGRADE in res) return;
  const handOver = (take: TakeConnection) => {
    const socket = new StreamSocket();
    socket.start(take(socket, new Uint8Array(0), false), res.upgrade());
  };
  Object.defineProperty(res, UPGRADE, { value: handOver });
}

class StreamSocket implements UpgradedSocket {
  readonly remoteAddress = { hostname: "127.0.0.1", port: 0 };
  unsent = 0;
  #handler: UpgradedHandler | null = null;
  #queue: Uint8Array[] = [];
  #writer: WritableStreamDefaultWriter<Uint8Array> | null = null;
  #reader: ReadableStreamDefaultReader<Uint8Array> | null = null;
  #paused: PromiseWithResolvers<void> | null = null;
  #blocked = false;
  #ending = false;
  #closed = false;

  async start(handler: UpgradedHandler, upgraded: ReturnType<FreshResponse["upgrade"]>): Promise<void> {
    this.#handler = handler;
    const timer = setInterval(() => handler.checkDeadlines?.(performance.now()), 1000);
    try {
      const { readable, writable } = await upgraded;
      this.#writer = writable.getWriter();
      this.#writer.closed.catch(() => this.#close());
      this.#reader = readable.getReader();
      this.flush();
      for (;;) {
        const { value, done } = await this.#reader.read();
        await this.#paused?.promise;
        if (this.#closed) break;
        if (done) {
          handler.onEnd();
          break;
        }
        handler.onData(value);
      }
      if (this.#ending) this.#close();
    } catch {
      this.#close();
    } finally {
      clearInterval(timer);
    }
  }

  write(data: string | Uint8Array): void {
    const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data.slice();
    this.#queue.push(bytes);
    this.unsent += bytes.length;
  }

  flush(): boolean {
    const writer = this.#writer;
    if (writer === null) return true;
    for (const bytes of this.#queue.splice(0)) {
      writer.write(bytes).then(() => this.#taken(bytes.length), () => this.#close());
    }
    if (this.unsent > 65536) this.#blocked = true;
    return !this.#blocked;
  }

  #taken(size: number): void {
    this.unsent -= size;
    if (this.unsent > 0 || !this.#blocked || this.#closed) return;
    this.#blocked = false;
    this.#handler?.onDrain();
  }

  pause(): void {
    this.#paused ??= Promise.withResolvers();
  }

  resume(): void {
    this.#paused?.resolve();
    this.#paused = null;
  }

  end(): void {
    this.flush();
    this.#ending = true;
    this.#writer?.close().catch(() => {});
  }

  destroy(): void {
    this.#writer?.abort().catch(() => {});
    this.#reader?.cancel().catch(() => {});
    queueMicrotask(() => this.#close());
  }

  countMessages(): void {}

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.resume();
    this.#handler?.onClose();
  }
}
