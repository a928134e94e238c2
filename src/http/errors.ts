/** Options of an {@linkcode HttpError}. */
export interface HttpErrorOptions {
  /**
   * `true` to send the message to the client as the content of the response.
   *
   * @default {true below 500, false from 500}
   */
  readonly expose?: boolean;
  /** The error that caused this error. It is never sent. */
  readonly cause?: unknown;
}

/**
 * An error that stands for a response: a status code from 400 to 599 and a message for the client.
 *
 * The parser creates such an error for a request that violates HTTP or exceeds a limit. A read of the request
 * content rejects with such an error if the content is malformed, incomplete, too large or too slow. These
 * messages name the rule in fixed words and never repeat bytes that the client sent.
 *
 * If a handler throws an `HttpError`, the response has its status. The message is sent as text if {@linkcode
 * HttpError.expose} is `true`.
 *
 * @example
 * ```ts
 * import { HttpError, Server } from "@handoff/server";
 * import { assertEquals } from "@std/assert";
 *
 * await using listening = await Server.http("127.0.0.1:0").handle((req) => {
 *   throw new HttpError(404, `There is no ${req.uri.path} here`);
 * });
 *
 * const { port } = listening.address as { port: number };
 * const answer = await fetch(`http://127.0.0.1:${port}/tea`);
 * assertEquals(answer.status, 404);
 * assertEquals(await answer.text(), "There is no /tea here\n");
 * ```
 */
export class HttpError extends Error {
  /** The name of the class. */
  override readonly name: string = "HttpError";
  /** The status code of the response, 400 to 599. */
  readonly status: number;
  /** `true` if the message is sent to the client. */
  readonly expose: boolean;

  /**
   * Creates an error.
   *
   * @param status The status code of the response, an integer from 400 to 599.
   * @param message The reason.
   * @param options The cause, and the choice whether the client receives the message.
   * @throws {RangeError} If the status is not an integer from 400 to 599.
   */
  constructor(status: number, message: string, options: HttpErrorOptions = {}) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    if (!(Number.isInteger(status) && status >= 400 && status <= 599)) {
      throw new RangeError(`Cannot make an HttpError: status ${status} is not an integer from 400 to 599`);
    }
    this.status = status;
    this.expose = options.expose ?? status < 500;
  }
}

/**
 * The connection closed before the exchange was complete: the client disconnected or stalled, or the server
 * was closed.
 *
 * Writes and reads of content reject with this error, and it is the reason of {@linkcode Request.signal}.
 */
export class ConnectionClosedError extends Error {
  /** The name of the class. */
  override readonly name: string = "ConnectionClosedError";
}

/**
 * A response was used in a way that its state does not allow: sent twice, written to after the handler
 * settled, or given more bytes than its `content-length`. The refused call has sent nothing to the client.
 */
export class ResponseError extends Error {
  /** The name of the class. */
  override readonly name: string = "ResponseError";
}
