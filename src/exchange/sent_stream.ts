import type { ConnectionClosedError } from "../http/errors.ts";
import { handled } from "../http/handled.ts";

/** Milliseconds of silence after which a stream is given up, once its client may be gone for good. */
const SILENCE = 1000;

/** The response that a stream is the content of. */
export interface SentContent {
  /** Sends a piece; resolves when more may be sent. */
  write(piece: Uint8Array): Promise<void>;
  /** The content is complete. */
  end(trailers: null): void;
  /** It cannot be completed. */
  cut(reason: unknown): void;
}

/**
 * The stream that the content of a response is read from. It is canceled as soon as its client is gone, though it may have
 * nothing to send then: a stream of events can be silent for hours.
 */
export class SentStream {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #canceled: ConnectionClosedError | null = null;
  #maybeGone: ConnectionClosedError | null = null;
  #waiting = false;
  /** When the wait for the next piece began. */
  #since = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param stream Is read by nobody else. */
  constructor(stream: ReadableStream<Uint8Array>) {
    this.#reader = stream.getReader();
  }

  /** Gives the stream back unread. */
  release(): void {
    this.#reader.releaseLock();
  }

  /** Sends the stream, piece by piece. Rejects if it fails, or the client goes away, once the content has been cut off. */
  async sendTo(content: SentContent): Promise<void> {
    try {
      for (let next = await this.#next(); !next.done; next = await this.#next()) {
        if (!(next.value instanceof Uint8Array)) throw notBytes();
        await content.write(next.value);
      }
      content.end(null);
    } catch (error) {
      this.#cancel(error);
      content.cut(error);
      throw error;
    }
  }

  /** The next piece. Rejects when the stream fails, and when it has been canceled. */
  async #next(): Promise<ReadableStreamReadResult<Uint8Array>> {
    this.#waiting = true;
    this.#since = performance.now();
    if (this.#maybeGone !== null) this.#limitSilence(this.#maybeGone);
    try {
      const next = await this.#reader.read();
      // What a canceled stream has come to is not the end of the content.
      if (this.#canceled !== null) throw this.#canceled;
      return next;
    } finally {
      this.#waiting = false;
      if (this.#timer !== undefined) clearTimeout(this.#timer);
    }
  }

  /** The client is gone: nothing more is wanted. */
  clientGone(reason: ConnectionClosedError): void {
    this.#canceled ??= reason;
    this.#cancel(reason);
  }

  /**
   * The client has closed its half. If it is gone for good, what is sent comes back as an error; while nothing is, only time
   * can tell.
   */
  clientMayBeGone(reason: ConnectionClosedError): void {
    this.#maybeGone = reason;
    if (this.#waiting) this.#limitSilence(reason);
  }

  #limitSilence(reason: ConnectionClosedError): void {
    const left = Math.max(0, this.#since + SILENCE - performance.now());
    this.#timer = setTimeout(() => this.clientGone(reason), left);
  }

  /** Ends the stream, whatever its own end has to say to that. */
  #cancel(reason: unknown): void {
    handled(this.#reader.cancel(reason));
  }

  /** Ends a stream whose content is not wanted; rejects if it fails at that. */
  async discard(): Promise<void> {
    await this.#reader.cancel();
  }
}

function notBytes(): TypeError {
  return new TypeError("Cannot send the response: a chunk of its stream is not a Uint8Array");
}
