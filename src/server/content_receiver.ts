import { ConnectionClosedError, type HttpError } from "../http/errors.ts";
import { type BodySource, fillsItsBuffer, IncomingBody } from "../http/incoming_body.ts";
import type { BodyDecoder } from "../h1/body_decoder.ts";
import type { InputBuffer } from "../h1/input_buffer.ts";
import { receivedTrailers } from "../h1/trailers.ts";
import { ownsBuffer } from "../net/socket.ts";

/** How much content that nobody reads is dropped to keep a connection: 256 KiB, as in Go's net/http. */
export const DRAIN_LIMIT = 256 * 1024;

/** Why content that is left when its exchange ends cannot be read. */
export function unread(): ConnectionClosedError {
  return new ConnectionClosedError("Cannot read the body: the handler has settled");
}

/** The content of a request, as the connection sees it that brings it. */
export interface Content {
  /** Whether the content is complete. */
  readonly done: boolean;
  /** Whether content may be read from the socket. */
  readonly wantsMore: boolean;
  /** Whether somebody waits for the client: the handler, or nobody but the next request. */
  readonly awaited: boolean;
  /** Bytes of content so far. */
  readonly received: number;
  /** Whether any of it has arrived, be it only framing. */
  readonly begun: boolean;
  /**
   * Decodes what has been received.
   *
   * @throws {HttpError} If the content is malformed or too large.
   */
  receive(input: InputBuffer): void;
}

/** Takes a request's content from the connection to the handler. */
export class ContentReceiver implements Content {
  readonly #decoder: BodyDecoder;
  /** Where the handler reads. */
  readonly body: IncomingBody;
  /** Bytes of content so far. */
  received = 0;
  /** Whether any of it has arrived, be it only framing. */
  begun = false;
  #discarding = false;
  #failed = false;

  /**
   * @param decoder Takes the content out of the received bytes.
   * @param source Is told when the handler wants content.
   */
  constructor(decoder: BodyDecoder, source: BodySource) {
    this.#decoder = decoder;
    this.body = new IncomingBody(source, decoder.left);
  }

  /** Whether the content is complete. */
  get done(): boolean {
    return this.#decoder.done;
  }

  /** Whether content may be read from the socket. */
  get wantsMore(): boolean {
    return !this.#failed && (this.#discarding || this.body.wantsMore);
  }

  /** Whether somebody waits for the client: the handler, or nobody but the next request. */
  get awaited(): boolean {
    return !this.done && !this.#failed && (this.#discarding || this.body.awaited);
  }

  /**
   * Decodes what has been received.
   *
   * @throws {HttpError} If the content is malformed or too large.
   */
  receive(input: InputBuffer): void {
    if (this.#failed || this.#decoder.done) return;
    if (input.length > 0) this.begun = true;
    // Otherwise it holds the head of this request, or of the next, or what another connection has received.
    const alone = input.start === 0 && ownsBuffer(input.bytes);
    for (let piece = this.#decoder.decode(input); piece !== null; piece = this.#decoder.decode(input)) {
      this.received += piece.length;
      if (!this.#discarding) this.body.push(piece, alone && input.length === 0 && fillsItsBuffer(piece));
    }
    if (this.#decoder.done) this.body.end(() => receivedTrailers(this.#decoder.trailerSection));
  }

  /** The content cannot be completed: the handler's reads fail. */
  fail(error: HttpError | ConnectionClosedError): void {
    this.#failed = true;
    this.body.fail(error);
  }

  /** The handler is done with the content: what is still to come is dropped. */
  discard(): void {
    if (this.#discarding) return;
    this.#discarding = true;
    this.body.discard(unread());
  }

  /**
   * Whether more is left unread than is worth dropping, counted from what the handler took and not from what happens to
   * have arrived.
   */
  get tooMuchUnread(): boolean {
    return this.#failed || this.received + this.#decoder.left - this.body.consumed > DRAIN_LIMIT;
  }
}
