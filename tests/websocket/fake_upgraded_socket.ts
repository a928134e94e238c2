import type { RemoteAddress } from "../../src/http/request.ts";
import type { UpgradedSocket } from "../../src/exchange/upgraded_socket.ts";
import { bytesOf, concat, describe, serverFramesAndRest } from "./frames.ts";

/** A connection in memory: notes what it is told, and takes as much as the test says. */
export class FakeUpgradedSocket implements UpgradedSocket {
  readonly remoteAddress: RemoteAddress = { hostname: "192.0.2.1", port: 1234 };
  /** The bytes of each flush that has not been taken by the test. */
  writes: Uint8Array[] = [];
  /** Whether the client reads. While it does not, `flush` holds back. */
  keepsUp = true;
  paused = false;
  /** Number of calls of `pause`. */
  pauses = 0;
  ended = false;
  destroyed = false;
  left = false;
  received = 0;
  sent = 0;
  /** Large pieces, which must not change until they are gone, with a copy of each. */
  readonly #lent: (readonly [bytes: Uint8Array, copy: Uint8Array])[] = [];
  #queue: Uint8Array[] = [];
  #queued = 0;
  #unsent = 0;

  get unsent(): number {
    return this.#queued + this.#unsent;
  }

  write(data: string | Uint8Array): void {
    if (this.ended || this.destroyed) throw new Error("Something is written after the end");
    const bytes = bytesOf(data);
    if (typeof data !== "string" && data.length >= 65536) this.#lent.push([data, bytes]);
    this.#queue.push(bytes);
    this.#queued += bytes.length;
  }

  flush(): boolean {
    if (this.#queued > 0) this.writes.push(concat(this.#queue));
    this.#queue = [];
    if (this.keepsUp) this.#settle();
    else this.#unsent += this.#queued;
    this.#queued = 0;
    return this.keepsUp;
  }

  ready(): Promise<void> {
    this.flush();
    return Promise.resolve();
  }

  leave(): void {
    this.left = true;
  }

  /** The client has read everything: what `onDrain` follows. */
  drain(): void {
    this.keepsUp = true;
    this.#settle();
  }

  #settle(): void {
    this.#unsent = 0;
    for (const [bytes, copy] of this.#lent.splice(0)) {
      if (bytes.some((byte, i) => byte !== copy[i])) throw new Error("Bytes changed before they were sent");
    }
  }

  pause(): void {
    this.paused = true;
    this.pauses++;
  }

  resume(): void {
    this.paused = false;
  }

  end(): void {
    this.flush();
    this.ended = true;
  }

  destroy(): void {
    this.destroyed = true;
  }

  countMessages(received: number, sent: number): void {
    this.received += received;
    this.sent += sent;
  }

  /** Takes what has been sent so far, as one text for each frame. */
  take(): string[] {
    const { frames, rest } = serverFramesAndRest(this.takeBytes());
    return [...frames.map(describe), ...(rest === 0 ? [] : [`${rest} bytes of a frame`])];
  }

  /** Takes what has been sent so far. */
  takeBytes(): Uint8Array<ArrayBuffer> {
    return concat(this.writes.splice(0));
  }
}
