import { ConnectionClosedError } from "../http/errors.ts";
import type { Request } from "../http/request.ts";
import type { Fresh, Response } from "../http/response.ts";

type WebResponse = globalThis.Response;
type Reader = ReadableStreamDefaultReader<Uint8Array>;

/** So many microtasks a stream is given to bring its next chunk before it counts as one that takes time. */
const PATIENCE = 8;

/** So much of a stream that brings its chunks at once is gathered, to be sent with its length. */
const GATHER_LIMIT = 65536;

/**
 * Sends a Fetch response.
 *
 * @param web The response.
 * @param request The request that it answers.
 * @param response Where it goes.
 * @returns A promise where the content is a stream; it resolves when all has been sent, or the client has gone.
 * @throws {TypeError} If it is no response, a network error, or has been used.
 */
export function sendWeb(web: WebResponse, request: Request, response: Response<Fresh>): void | Promise<void> {
  if (!(web instanceof globalThis.Response)) {
    throw new TypeError("Cannot send the response: what the fetch function returned is not a Response");
  }
  if (web.status === 0) throw new TypeError("Cannot send the response: it is a network error");
  if (web.bodyUsed) throw new TypeError("Cannot send the response: its body has been used");
  response.status = web.status;
  const headers = response.headers;
  web.headers.forEach((value, name) => headers.append(name, value));
  const { body } = web;
  if (body === null) return response.send();
  return stream(body, request, response);
}

async function stream(
  body: ReadableStream<Uint8Array>,
  request: Request,
  response: Response<Fresh>,
): Promise<void> {
  const reader = body.getReader();
  const gathered: Uint8Array[] = [];
  let size = 0;
  let next = reader.read();
  for (;;) {
    const settled = await soon(next);
    if (settled === null || size > GATHER_LIMIT) break;
    if (settled.done) return response.send(join(gathered, size));
    gathered.push(settled.value);
    size += settled.value.length;
    next = reader.read();
  }
  const { signal } = request;
  const cancel = (): void => void reader.cancel(signal.reason).catch(() => {});
  if (signal.aborted) cancel();
  else signal.addEventListener("abort", cancel);
  const streaming = response.start();
  if (request.method === "HEAD") return await reader.cancel();
  try {
    for (const chunk of gathered) await streaming.write(chunk);
    for (let read = await next; !read.done; read = await reader.read()) await streaming.write(read.value);
  } catch (error) {
    if (error instanceof ConnectionClosedError) return;
    reader.cancel(error).catch(() => {});
    throw error;
  } finally {
    signal.removeEventListener("abort", cancel);
  }
}

async function soon<T>(promise: Promise<T>): Promise<T | null> {
  let settled = false;
  const note = (): void => void (settled = true);
  promise.then(note, note);
  for (let turn = 0; turn < PATIENCE && !settled; turn++) await null;
  return settled ? await promise : null;
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
