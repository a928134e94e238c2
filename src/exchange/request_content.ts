import { handled } from "../http/handled.ts";
import { HeaderMap } from "../http/header_map.ts";
import type { RequestBody } from "../http/request.ts";
import { ContentQueue, HIGH_WATER_MARK, plain } from "./content_queue.ts";

/**
 * Number of bytes of content that a handler may leave unread without losing the connection: 256 KiB, as in
 * Go's net/http.
 */
export const UNREAD_LIMIT: number = 256 * 1024;

/** The exchange that content belongs to. */
export interface ContentSource {
  /**
   * Lets more content arrive because the handler reads, and asks the client for it if the client waits to be
   * asked.
   */
  contentWanted(): void;
  /** Lets the content arrive to be dropped, because the handler does not need it. */
  contentDropped(): void;
}

/** Creates the trailers of content that has ended. */
export type TrailersOf = () => HeaderMap;

const NO_TRAILERS: TrailersOf = () => new HeaderMap();

interface Collector {
  readonly resolve: (bytes: Uint8Array<ArrayBuffer>) => void;
  readonly reject: (error: Error) => void;
}

/**
 * The content of a request between the transport and the handler, read once, as a stream or collected.
 *
 * At most {@linkcode HIGH_WATER_MARK} bytes and one delivery of the transport are held, so a handler that
 * reads slowly slows the client down.
 */
export class RequestContent implements RequestBody {
  readonly #source: ContentSource;
  readonly #queue: ContentQueue;
  #error: Error | null = null;
  #trailersOf: TrailersOf = NO_TRAILERS;
  #stream: ReadableStream<Uint8Array<ArrayBuffer>> | null = null;
  #controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>> | null = null;
  #pulling = false;
  #collector: Collector | null = null;
  #used = false;
  #dropping = false;
  #trailers: PromiseWithResolvers<HeaderMap> | null = null;
  /** `true` if all content has arrived. */
  ended = false;
  /** Number of bytes that have arrived. */
  received = 0;
  /** Number of bytes that the handler has read. */
  consumed = 0;

  /**
   * Creates the content of one request.
   *
   * @param source The exchange, notified when the handler reads.
   * @param length Total number of bytes of content; 0 or less if the length is unknown.
   */
  constructor(source: ContentSource, length = 0) {
    this.#source = source;
    this.#queue = new ContentQueue(length);
  }

  // Members for the transport.

  /** `true` if more content may be pushed now. */
  get accepts(): boolean {
    return this.#pulling || this.#collector !== null || this.#dropping || this.#queue.size < HIGH_WATER_MARK;
  }

  /**
   * `true` if the handler waits for content or trailers that have not arrived, and the client is not held
   * back.
   */
  get awaited(): boolean {
    if (this.ended || this.#error !== null) return false;
    return this.#pulling || this.#collector !== null || (this.#trailers !== null && this.accepts);
  }

  /** `true` if the handler has accessed the content. */
  get touched(): boolean {
    return this.#used || this.#stream !== null;
  }

  /** `true` if the handler has read all content, regardless of when it arrived. */
  get read(): boolean {
    return this.touched && this.ended && this.#queue.size === 0 && !this.#dropping;
  }

  /** `true` if the handler may need content: it has accessed the content and not canceled it. */
  get wanted(): boolean {
    return this.touched && !this.#dropping;
  }

  /** Adds content; `owned` is `true` if nothing else uses the buffer of `piece`. */
  push(piece: Uint8Array, owned: boolean): void {
    this.received += piece.length;
    if (this.#dropping) return;
    if (this.#pulling) {
      this.#pulling = false;
      this.consumed += piece.length;
      this.#controller?.enqueue(owned ? plain(piece) : new Uint8Array(piece));
    } else {
      this.#queue.push(piece, owned, this.#collector !== null);
    }
  }

  /** Ends the content: everything has arrived. */
  end(trailersOf: TrailersOf = NO_TRAILERS): void {
    this.ended = true;
    this.#trailersOf = trailersOf;
    this.#trailers?.resolve(trailersOf());
    if (this.#queue.size === 0) this.#close();
    const collector = this.#collector;
    if (collector === null) return;
    this.#collector = null;
    collector.resolve(this.#takeAll());
  }

  /**
   * Fails the content: no more will arrive, and the handler's reads reject, now and later. A stream first
   * delivers the content that arrived before the error.
   */
  fail(error: Error): void {
    if (this.ended) return;
    this.#trailers?.reject(error);
    if (this.#error !== null) return;
    this.#error = error;
    if (this.#queue.size === 0) this.#failStream(error);
    this.#failCollector(error);
  }

  /** `true` if the handler waits for trailers that have not arrived. */
  get trailersAwaited(): boolean {
    return this.#trailers !== null && !this.ended && this.#error === null;
  }

  /**
   * Drops content from now on, because the handler has settled; pending reads reject. Trailers may still
   * arrive.
   */
  drop(reason: Error): void {
    this.#dropping = true;
    this.#queue.clear();
    this.#pulling = false;
    this.#failStream(reason);
    this.#failCollector(reason);
  }

  /** Rejects all pending reads and trailers, because the exchange is complete. */
  discard(reason: Error): void {
    this.drop(reason);
    this.#error ??= reason;
    if (!this.ended) this.#trailers?.reject(reason);
  }

  // Members for the handler.

  stream(): ReadableStream<Uint8Array<ArrayBuffer>> {
    if (this.#stream !== null) return this.#stream;
    this.#stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start: (controller) => {
        this.#controller = controller;
        if (this.#error !== null && this.#queue.size === 0) this.#failStream(this.#error);
        else if (this.#used || (this.ended && this.#queue.size === 0)) this.#close();
      },
      pull: () => this.#pull(),
      cancel: () => this.#cancel(),
    }, { highWaterMark: 0 });
    return this.#stream;
  }

  handOver(): ReadableStream<Uint8Array<ArrayBuffer>> {
    if (this.#isTaken) throw takenError();
    const stream = this.stream();
    this.#used = true;
    return stream;
  }

  bytes(): Promise<Uint8Array<ArrayBuffer>> {
    if (this.#isTaken) return handled(Promise.reject(takenError()));
    this.#used = true;
    this.#stream?.getReader();
    if (this.#error !== null) return handled(Promise.reject(this.#error));
    if (this.ended) {
      const bytes = this.#takeAll();
      this.#source.contentWanted();
      return Promise.resolve(bytes);
    }
    return handled(
      new Promise((resolve, reject) => {
        this.#collector = { resolve, reject };
        this.#source.contentWanted();
      }),
    );
  }

  get #isTaken(): boolean {
    return this.#used || (this.#stream !== null && this.#stream.locked);
  }

  trailers(): Promise<HeaderMap> {
    if (this.#trailers !== null) return this.#trailers.promise;
    this.#trailers = Promise.withResolvers();
    const { promise, resolve, reject } = this.#trailers;
    if (this.ended) resolve(this.#trailersOf());
    else if (this.#error !== null) reject(this.#error);
    else this.#source.contentWanted();
    return handled(promise);
  }

  #pull(): void {
    this.#used = true;
    const piece = this.#queue.shift();
    if (piece === undefined) {
      this.#pulling = true;
    } else {
      this.consumed += piece.length;
      this.#controller?.enqueue(piece);
      if (this.#queue.size === 0 && this.ended) this.#close();
      else if (this.#queue.size === 0 && this.#error !== null) return this.#failStream(this.#error);
    }
    this.#source.contentWanted();
  }

  #cancel(): void {
    this.#used = true;
    this.#controller = null;
    this.#dropping = true;
    this.#queue.clear();
    this.#source.contentDropped();
  }

  #failStream(error: Error): void {
    this.#controller?.error(error);
    this.#controller = null;
  }

  #failCollector(error: Error): void {
    if (this.#collector === null) return;
    this.#collector.reject(error);
    this.#collector = null;
    this.#queue.clear();
  }

  #close(): void {
    this.#controller?.close();
    this.#controller = null;
    this.#pulling = false;
  }

  #takeAll(): Uint8Array<ArrayBuffer> {
    this.consumed += this.#queue.size;
    const bytes = this.#queue.takeAll();
    this.#close();
    return bytes;
  }
}

function takenError(): TypeError {
  return new TypeError("Cannot read the body: it has been read, or is being read");
}
