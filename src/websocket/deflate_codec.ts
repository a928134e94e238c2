import { INVALID_DATA } from "./close_code.ts";
import type { DeflateAgreement, DeflateSettings } from "./deflate_negotiation.ts";
import { flaw, type FrameFlaw } from "./frame_flaw.ts";
import type { MessageCodec } from "./message_codec.ts";
import { TOO_BIG } from "./message_reader.ts";

/** The functions of `node:zlib` that are used here, which all runtimes have. */
interface Zlib {
  deflateRawSync(bytes: Uint8Array, options: ZlibOptions): Uint8Array;
  inflateRawSync(bytes: Uint8Array, options: ZlibOptions): Uint8Array;
  createDeflateRaw(options: ZlibOptions): ZlibStream;
  createInflateRaw(options: ZlibOptions): ZlibStream;
}

interface ZlibOptions {
  readonly windowBits: number;
  readonly finishFlush?: number;
  readonly maxOutputLength?: number;
  readonly level?: number;
}

interface ZlibStream {
  write(bytes: Uint8Array): boolean;
  flush(kind: number, done: (error?: unknown) => void): void;
  on(event: "end", listener: () => void): void;
  on(event: "data", listener: (bytes: Uint8Array) => void): void;
  on(event: "error", listener: (error: Error) => void): void;
  close(): void;
}

/** Flushes to a byte boundary, with an empty stored block: RFC 7692 section 7.2.1. */
const Z_SYNC_FLUSH = 2;

/** The end of such a block, which is not sent. */
const TAIL = new Uint8Array([0x00, 0x00, 0xff, 0xff]);

const NOT_DEFLATE = flaw(INVALID_DATA, "A compressed message cannot be decompressed");

let zlib: Zlib | null = null;
let loading: Promise<void> | null = null;

/** Loads `node:zlib`, which a program without compression never needs. */
function loadZlib(): Promise<void> {
  return loading ??= import("node:zlib").then((module) => {
    zlib = module as unknown as Zlib;
  });
}

/**
 * permessage-deflate over `node:zlib`, RFC 7692 section 7.2.
 *
 * A direction without context takeover takes one synchronous call a message and no memory between messages. One with it
 * needs a stream that lives as long as the connection, and `node:zlib` has none that is synchronous.
 */
export class DeflateCodec implements MessageCodec {
  readonly #agreement: DeflateAgreement;
  readonly #settings: DeflateSettings;
  readonly #maxMessageSize: number;
  #deflating: LiveStream | null = null;
  #inflating: LiveStream | null = null;
  #closed = false;

  /** @param maxMessageSize Size at which decompression stops, in bytes. */
  constructor(agreement: DeflateAgreement, settings: DeflateSettings, maxMessageSize: number) {
    this.#agreement = agreement;
    this.#settings = settings;
    this.#maxMessageSize = maxMessageSize;
    if (zlib === null) loadZlib();
  }

  compresses(size: number): boolean {
    // Messages may always go uncompressed, and do until the library has been loaded.
    return size >= this.#settings.threshold && size > 0 && zlib !== null;
  }

  deflate(bytes: Uint8Array, done: (payload: Uint8Array) => void): void {
    const { serverContextTakeover, serverMaxWindowBits: windowBits } = this.#agreement;
    const { level } = this.#settings;
    if (zlib === null) throw new Error("Cannot compress a message: node:zlib has not been loaded");
    if (!serverContextTakeover) {
      done(withoutTail(zlib.deflateRawSync(bytes, { windowBits, level, finishFlush: Z_SYNC_FLUSH })));
      return;
    }
    const stream = this.#deflating ??= new LiveStream(zlib.createDeflateRaw({ windowBits, level }));
    stream.run([bytes], Infinity, (outcome) => {
      if (outcome instanceof Uint8Array) done(withoutTail(outcome));
    });
  }

  inflate(payload: Uint8Array, owned: boolean, done: (outcome: Uint8Array | FrameFlaw) => void): void {
    if (zlib !== null && !this.#agreement.clientContextTakeover) {
      done(this.#inflateSync(payload));
      return;
    }
    const kept = owned ? payload : payload.slice();
    if (zlib !== null) return this.#inflateLive(kept, done);
    loadZlib().then(() => {
      if (!this.#closed) this.inflate(kept, true, done);
    });
  }

  close(): void {
    this.#closed = true;
    this.#deflating?.close();
    this.#inflating?.close();
  }

  #inflateSync(payload: Uint8Array): Uint8Array | FrameFlaw {
    const input = new Uint8Array(payload.length + TAIL.length);
    input.set(payload);
    input.set(TAIL, payload.length);
    try {
      const bytes = zlib!.inflateRawSync(input, {
        windowBits: this.#agreement.clientMaxWindowBits,
        finishFlush: Z_SYNC_FLUSH,
        maxOutputLength: Math.max(1, this.#maxMessageSize),
      });
      return bytes.length > this.#maxMessageSize ? TOO_BIG : exactly(bytes);
    } catch (error) {
      return (error as { readonly code?: unknown }).code === "ERR_BUFFER_TOO_LARGE" ? TOO_BIG : NOT_DEFLATE;
    }
  }

  #inflateLive(payload: Uint8Array, done: (outcome: Uint8Array | FrameFlaw) => void): void {
    const windowBits = this.#agreement.clientMaxWindowBits;
    // After a final block (RFC 7692 section 7.2.3.4) zlib reads no more: the next message gets a stream with an empty window.
    if (this.#inflating?.ended === true) {
      this.#inflating.close();
      this.#inflating = null;
    }
    const stream = this.#inflating ??= new LiveStream(zlib!.createInflateRaw({ windowBits }));
    stream.run([payload, TAIL], this.#maxMessageSize, (outcome) => {
      done(outcome === "too big" ? TOO_BIG : outcome === "failed" ? NOT_DEFLATE : exactly(outcome));
    });
  }
}

/** A stream of `node:zlib` that keeps its window from one message to the next. */
class LiveStream {
  readonly #stream: ZlibStream;
  #pieces: Uint8Array[] = [];
  #size = 0;
  #limit = Infinity;
  #ended = false;
  #done: ((outcome: Uint8Array | "too big" | "failed") => void) | null = null;

  constructor(stream: ZlibStream) {
    this.#stream = stream;
    stream.on("data", (bytes) => {
      this.#pieces.push(bytes);
      this.#size += bytes.length;
      if (this.#size > this.#limit) this.#finish("too big");
    });
    stream.on("error", () => this.#finish("failed"));
    stream.on("end", () => void (this.#ended = true));
  }

  /** Whether the stream takes nothing more. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Runs one message through. A call follows the end of the one before. */
  run(
    input: readonly Uint8Array[],
    limit: number,
    done: (outcome: Uint8Array | "too big" | "failed") => void,
  ): void {
    this.#limit = limit;
    this.#done = done;
    for (const bytes of input) if (bytes.length > 0) this.#stream.write(bytes);
    this.#stream.flush(Z_SYNC_FLUSH, (error) => {
      // Deno calls this before the listeners of "error".
      if (this.#done === null) return;
      this.#finish(error instanceof Error ? "failed" : joined(this.#pieces, this.#size));
    });
  }

  close(): void {
    this.#done = null;
    this.#pieces = [];
    this.#stream.close();
  }

  #finish(outcome: Uint8Array | "too big" | "failed"): void {
    const done = this.#done;
    this.#done = null;
    this.#pieces = [];
    this.#size = 0;
    if (!(outcome instanceof Uint8Array)) this.#stream.close();
    done?.(outcome);
  }
}

/** A payload is sent without its last four bytes, and an empty one as a single zero byte: RFC 7692 section 7.2.1. */
function withoutTail(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, bytes.length - TAIL.length);
}

function joined(pieces: readonly Uint8Array[], size: number): Uint8Array {
  if (pieces.length === 1) return pieces[0]!;
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/** The same bytes as a plain `Uint8Array` with an `ArrayBuffer` of their own: a `Buffer` may lie in a pool. */
function exactly(bytes: Uint8Array): Uint8Array {
  return bytes.byteOffset === 0 && bytes.byteLength === bytes.buffer.byteLength
    ? new Uint8Array(bytes.buffer)
    : new Uint8Array(bytes);
}
