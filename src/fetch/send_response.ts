import { handled } from "../http/handled.ts";
import type { HeaderMap } from "../http/header_map.ts";
import type { Request } from "../http/request.ts";
import type { Fresh, Response } from "../http/response.ts";
import type { KnownParts } from "./response_parts.ts";

type WebResponse = globalThis.Response;
type Reader = ReadableStreamDefaultReader<Uint8Array>;
type Read = ReadableStreamReadResult<Uint8Array>;

/** So many microtasks a stream has to bring its next chunk before it counts as one that takes time. */
const PATIENCE = 8;

/**
 * So many bytes of a stream that brings them at once are gathered, to be sent with their length if that is
 * all.
 */
const GATHER_LIMIT = 65536;

/** What a fetched response says about the connection that it came over, RFC 9110 section 7.6.1. */
const HOP_BY_HOP = [
  "connection",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

/**
 * Sends a Fetch response.
 *
 * @param web The response.
 * @param known What is known of it without asking the runtime.
 * @param request The request that it answers.
 * @param response Where it goes.
 * @returns A promise where the content is a stream; it resolves when all has been sent.
 * @throws {TypeError} If it is a network error, or its body has been used.
 */
export function sendResponse(
  web: WebResponse,
  known: KnownParts | null,
  request: Request,
  response: Response<Fresh>,
): void | Promise<void> {
  if (web.status === 0) throw new TypeError("Cannot send the response: it is a network error");
  if (web.bodyUsed) throw new TypeError("Cannot send the response: its body has been used");
  try {
    copyHead(web, known, response);
  } catch (error) {
    if (web.body !== null) handled(web.body.cancel(error));
    throw error;
  }
  if (known !== null) return response.send(known.body ?? undefined);
  const { body } = web;
  if (web.url !== "") removeConnectionFields(response.headers, body !== null);
  if (body === null) return response.send();
  return new StreamSender(body, request).send(response);
}

/** Fetch allows what HTTP does not: control characters in values, say. */
function copyHead(web: WebResponse, known: KnownParts | null, response: Response<Fresh>): void {
  response.status = web.status;
  const { headers } = response;
  if (known !== null && known.fields !== null) {
    for (const [name, value] of known.fields) headers.append(name, value);
  } else {
    web.headers.forEach((value, name) => headers.append(name, value));
  }
}

/**
 * A fetched response is passed on: what it said about its connection goes, and its coding, which `fetch` has
 * undone.
 */
function removeConnectionFields(headers: HeaderMap, hasBody: boolean): void {
  for (const name of HOP_BY_HOP) headers.delete(name);
  if (hasBody && headers.has("content-encoding")) {
    headers.delete("content-encoding");
    headers.delete("content-length");
  }
}

/** Sends the stream of a response's body. */
class StreamSender {
  readonly #reader: Reader;
  readonly #isHead: boolean;
  #gathered: Uint8Array[] = [];
  /** A read that the stream has yet to settle. */
  #next: Promise<Read> | null = null;

  constructor(body: ReadableStream<Uint8Array>, request: Request) {
    this.#reader = body.getReader();
    this.#isHead = request.method === "HEAD";
  }

  async send(response: Response<Fresh>): Promise<void> {
    try {
      // Only for HEAD is the length of use alone.
      const told = this.#isHead && response.headers.has("content-length");
      const whole = told ? null : await this.#gather();
      if (whole !== null) return response.send(whole);
      await response.send(this.#stream());
    } catch (error) {
      this.#cancel(error);
      throw error;
    }
  }

  /** Reads what the stream brings at once. Returns all of it, or `null` if there is more to come. */
  async #gather(): Promise<Uint8Array | null> {
    let size = 0;
    while (size <= GATHER_LIMIT) {
      const next = this.#reader.read();
      const read = await soon(next);
      if (read === null) {
        this.#next = next;
        return null;
      }
      if (read.done) return join(this.#gathered, size);
      this.#gathered.push(bytesOf(read));
      size += read.value.length;
    }
    return null;
  }

  /** What has been gathered, and all that is still to come. */
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

  #cancel(reason: unknown): void {
    handled(this.#reader.cancel(reason));
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
