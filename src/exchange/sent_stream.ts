import type { ConnectionClosedError } from "../http/errors.ts";
import { handled } from "../http/handled.ts";

/** Milliseconds without data after which a stream is canceled, if its client may have disconnected. */
const SILENCE = 1000;

/** A response with content from a stream. */
export interface SentContent {
  /** Sends a piece; resolves when more may be sent. */
  write(piece: Uint8Array): Promise<void>;
  /** Ends the content. */
  end(trailers: null): void;
  /** Cuts the response, because the content cannot be completed. */
  cut(reason: unknown): void;
}

/**
 * The stream that provides the content of a response. It is canceled as soon as the client disconnects, even
 * if it has nothing to send at that time: a stream of events can be silent for hours.
 */
export class SentStream {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #canceled: ConnectionClosedError | null = null;
  #maybeGone: ConnectionClosedError | null = null;
  #waiting = false;
  /** Time at which the wait for the next piece began. */
  #since = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * Locks the stream.
   *
   * @param stream The stream, which must not be locked.
   */
  constructor(stream: ReadableStream<Uint8Array>) {
    this.#reader = stream.getReader();
  }

  /** Releases the stream unread. */
  release(): void {
    this.#reader.releaseLock();
  }

  /**
   * Sends the stream piece by piece. If the stream fails or the client disconnects, the content is cut and
   * the promise rejects.
   */
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

  /** Reads the next piece. Rejects if the stream fails or has been canceled. */
  async #next(): Promise<ReadableStreamReadResult<Uint8Array>> {
    this.#waiting = true;
    this.#since = performance.now();
    if (this.#maybeGone !== null) this.#limitSilence(this.#maybeGone);
    try {
      const next = await this.#reader.read();
      // A canceled stream also reports its end, which is not the end of the content.
      if (this.#canceled !== null) throw this.#canceled;
      return next;
    } finally {
      this.#waiting = false;
      if (this.#timer !== undefined) clearTimeout(this.#timer);
    }
  }

  /** Cancels the stream because the client has disconnected. */
  clientGone(reason: ConnectionClosedError): void {
    this.#canceled ??= reason;
    this.#cancel(reason);
  }

  /**
   * Limits the silence of the stream, because the client has closed its half and may have disconnected. In
   * that case sending causes an error; but a silent stream sends nothing, so only a time limit can end it.
   */
  clientMayBeGone(reason: ConnectionClosedError): void {
    this.#maybeGone = reason;
    if (this.#waiting) this.#limitSilence(reason);
  }

  #limitSilence(reason: ConnectionClosedError): void {
    const left = Math.max(0, this.#since + SILENCE - performance.now());
    this.#timer = setTimeout(() => this.clientGone(reason), left);
  }

  /** Cancels the stream and ignores errors of its source. */
  #cancel(reason: unknown): void {
    handled(this.#reader.cancel(reason));
  }

  /** Cancels a stream whose content is not needed; rejects if the source fails. */
  async discard(): Promise<void> {
    await this.#reader.cancel();
  }
}

function notBytes(): TypeError {
  return new TypeError("Cannot send the response: a chunk of its stream is not a Uint8Array");
}
