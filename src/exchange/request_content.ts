import { handled } from "../http/handled.ts";
import { HeaderMap } from "../http/header_map.ts";
import type { RequestBody } from "../http/request.ts";
import { ContentQueue, HIGH_WATER_MARK, plain } from "./content_queue.ts";

/** Bytes of content that a handler may leave unread without losing the connection: 256 KiB, as in Go's net/http. */
export const UNREAD_LIMIT: number = 256 * 1024;

/** The exchange that content belongs to. */
export interface ContentSource {
  /** The handler wants content: lets more arrive, and asks the client for it if it waits to be asked. */
  contentWanted(): void;
  /** The handler wants none of the content. */
  contentDropped(): void;
}

/** Makes the trailers of content that has ended. */
export type TrailersOf = () => HeaderMap;

const NO_TRAILERS: TrailersOf = () => new HeaderMap();

interface Collector {
  readonly resolve: (bytes: Uint8Array<ArrayBuffer>) => void;
  readonly reject: (error: Error) => void;
}

/**
 * The content of a request on its way from the transport to the handler, read as a stream or collected, once.
 *
 * It holds at most {@linkcode HIGH_WATER_MARK} bytes and one delivery of the transport: a handler that reads slowly holds
 * the client back.
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
  /** Whether all content has arrived. */
  ended = false;
  /** Bytes that have arrived. */
  received = 0;
  /** Bytes that the handler has taken. */
  consumed = 0;

  /**
   * @param source Is told when the handler wants content.
   * @param length Bytes of content in all; 0 or less where the length is not known.
   */
  constructor(source: ContentSource, length = 0) {
    this.#source = source;
    this.#queue = new ContentQueue(length);
  }

  // The transport's side.

  /** Whether more content may be pushed now. */
  get accepts(): boolean {
    return this.#pulling || this.#collector !== null || this.#dropping || this.#queue.size < HIGH_WATER_MARK;
  }

  /** Whether the handler waits for content or trailers that have not come, and the client is not held back. */
  get awaited(): boolean {
    if (this.ended || this.#error !== null) return false;
    return this.#pulling || this.#collector !== null || (this.#trailers !== null && this.accepts);
  }

  /** Whether the handler has looked at the content at all. */
  get touched(): boolean {
    return this.#used || this.#stream !== null;
  }

  /** Whether the handler has read all of it, however much of that had arrived when. */
  get read(): boolean {
    return this.touched && this.ended && this.#queue.size === 0 && !this.#dropping;
  }

  /** Whether the handler may want content: it has looked at it, and not canceled it. */
  get wanted(): boolean {
    return this.touched && !this.#dropping;
  }

  /** Content arrived; `owned` tells that nothing else uses the buffer that `piece` lies in. */
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

  /** All content has arrived. */
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
   * No more content will arrive: the handler's reads reject, now and later. A stream brings what came before first, as it
   * would if the handler had read sooner.
   */
  fail(error: Error): void {
    if (this.ended) return;
    this.#trailers?.reject(error);
    if (this.#error !== null) return;
    this.#error = error;
    if (this.#queue.size === 0) this.#failStream(error);
    this.#failCollector(error);
  }

  /** Whether somebody waits for trailers that have not come. */
  get trailersAwaited(): boolean {
    return this.#trailers !== null && !this.ended && this.#error === null;
  }

  /** The handler has settled: what comes is dropped, and reads that are still waiting reject. Trailers may still come. */
  drop(reason: Error): void {
    this.#dropping = true;
    this.#queue.clear();
    this.#pulling = false;
    this.#failStream(reason);
    this.#failCollector(reason);
  }

  /** The exchange is over: everything that is still waiting rejects. */
  discard(reason: Error): void {
    this.drop(reason);
    this.#error ??= reason;
    if (!this.ended) this.#trailers?.reject(reason);
  }

  // The handler's side.

  /** The content as a stream, the same one each time. */
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

  /**
   * The content as a stream for somebody else, who alone may read it.
   *
   * @throws {TypeError} If the content has been read, or is being read.
   */
  handOver(): ReadableStream<Uint8Array<ArrayBuffer>> {
    if (this.#isTaken) throw takenError();
    const stream = this.stream();
    this.#used = true;
    return stream;
  }

  /**
   * The content in one piece, in a buffer of its length. A stream that was taken before is locked from now on. A rejection
   * is never unhandled.
   *
   * @throws {TypeError} If the content has been read, or is being read.
   */
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

  /** The trailers, once the content has ended. A rejection is never unhandled. */
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
