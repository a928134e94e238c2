import type { FrameFlaw } from "./frame_flaw.ts";

/** Compresses and decompresses the messages of a connection. */
export interface MessageCodec {
  /**
   * Tells whether a message is worth compressing.
   *
   * @param size Its size, in bytes.
   */
  compresses(size: number): boolean;
  /**
   * Compresses a message.
   *
   * @param bytes The message. They must not change until `done` is called.
   * @param done Gets the payload, before or after this returns.
   */
  deflate(bytes: Uint8Array, done: (payload: Uint8Array) => void): void;
  /**
   * Decompresses a message.
   *
   * @param payload The payload of its frames. Copied if it is needed after this returns, unless `owned`.
   * @param done Gets the message, with an `ArrayBuffer` of its own, or the flaw, before or after this returns.
   */
  inflate(payload: Uint8Array, owned: boolean, done: (outcome: Uint8Array | FrameFlaw) => void): void;
  /** Frees what belongs to the connection. A `done` that has not been called may never be. */
  close(): void;
}
