import { handled } from "../http/handled.ts";
import type { Fresh, Response } from "../http/response.ts";
import { mayBeCoded } from "./content_coding.ts";
import type { ContentFields } from "./response_fields.ts";

type Reader = ReadableStreamDefaultReader<Uint8Array>;
type Read = ReadableStreamReadResult<Uint8Array>;

/** Microtasks that a stream has to bring its next chunk before it counts as one that takes time. */
const PATIENCE = 8;

/**
 * Bytes of a stream that are gathered as long as it brings them at once, to be sent with their length if they
 * are all.
 */
const GATHER_LIMIT = 65536;

/** Sends the stream that is the body of a Fetch response. */
export class StreamSender {
  readonly #reader: Reader;
  readonly #isHead: boolean;
  readonly #fields: ContentFields;
  #gathered: Uint8Array[] = [];
  #size = 0;
  /** A read that the stream has yet to settle. */
  #next: Promise<Read> | null = null;

  /**
   * @param body The stream, which is locked from now on.
   * @param isHead Whether the request was HEAD.
   * @param fields The fields of the response that concern its content.
   */
  constructor(body: ReadableStream<Uint8Array>, isHead: boolean, fields: ContentFields) {
    this.#reader = body.getReader();
    this.#isHead = isHead;
    this.#fields = fields;
  }

  /**
   * Sends the response: with its length if the stream brings all it has at once, or else as the client takes
   * it.
   *
   * @param response Has its status and fields.
   * @throws What the stream fails with, or the response. The stream is canceled then.
   */
  async send(response: Response<Fresh>): Promise<void> {
    const { headers } = response;
    try {
      if (this.#isHead && this.#fields.hasLength) return await response.send(this.#stream());
      let isWhole = await this.#gather();
      // A part of coded content need not begin like the whole.
      if (this.#fields.hasCoding && (response.status !== 206 || this.#fields.isFetched)) {
        isWhole = await this.#await() || isWhole;
        const bytes = isWhole ? join(this.#gathered, this.#size) : this.#gathered[0] ?? new Uint8Array(0);
        const beginning = { bytes, isWhole, isFetched: this.#fields.isFetched };
        if (!await mayBeCoded(headers.get("content-encoding") ?? "", beginning)) {
          headers.delete("content-encoding");
          headers.delete("content-length");
        }
      }
      if (!isWhole) return await response.send(this.#stream());
      if (this.#fields.hasLength) headers.delete("content-length");
      return response.send(join(this.#gathered, this.#size));
    } catch (error) {
      handled(this.#reader.cancel(error));
      throw error;
    }
  }

  /** Reads what the stream brings at once. Returns whether that is all of it. */
  async #gather(): Promise<boolean> {
    while (this.#size <= GATHER_LIMIT) {
      const next = this.#reader.read();
      const read = await soon(next);
      if (read === null) {
        this.#next = next;
        return false;
      }
      if (this.#take(read)) return true;
    }
    return false;
  }

  /** Waits for a first chunk if there is none. Returns whether the stream has ended without. */
  async #await(): Promise<boolean> {
    while (this.#size === 0 && this.#next !== null) {
      const read = await this.#next;
      this.#next = null;
      if (this.#take(read)) return true;
      if (this.#size === 0) this.#next = this.#reader.read();
    }
    return false;
  }

  /** Keeps a chunk. Returns whether the stream has ended instead. */
  #take(read: Read): boolean {
    if (read.done) return true;
    const bytes = bytesOf(read);
    if (bytes.length > 0) this.#gathered.push(bytes);
    this.#size += bytes.length;
    return false;
  }

  /** A stream of the chunks that have been gathered, and of all that are still to come. */
  #stream(): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>({
      start: (controller) => {
        for (const chunk of this.#gathered) controller.enqueue(chunk);
        this.#gathered = [];
      },
      pull: async (controller) => {
        const read = await (this.#next ?? this.#reader.read());
        this.#next = null;
        if (read.done) controller.close();
        else controller.enqueue(bytesOf(read));
      },
      cancel: (reason) => this.#reader.cancel(reason),
    }, { highWaterMark: 0 });
  }
}

/** The result of a promise that settles within a few microtasks, or else `null`. */
async function soon<T>(promise: Promise<T>): Promise<T | null> {
  let settled = false;
  const note = (): void => void (settled = true);
  promise.then(note, note);
  for (let turn = 0; turn < PATIENCE && !settled; turn++) await null;
  return settled ? await promise : null;
}

function bytesOf({ value }: Read): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw new TypeError("Cannot send the response: a chunk of its body is not a Uint8Array");
}

function join(chunks: readonly Uint8Array[], size: number): Uint8Array {
  if (chunks.length === 1) return chunks[0]!;
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
