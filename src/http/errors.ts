/** How an {@linkcode HttpError} is answered. */
export interface HttpErrorOptions {
  /**
   * Whether the message is sent to the client as the content of the answer.
   *
   * @default {true below 500, false from 500}
   */
  readonly expose?: boolean;
  /** The error that brought this one about. It is never sent. */
  readonly cause?: unknown;
}

/**
 * An error that is an answer: a status from 400 to 599, and words for the client.
 *
 * The parser makes one for a request that breaks HTTP or a limit, and a handler meets it when the body that it reads is
 * malformed, cut short, too large or too slow. Those messages name the rule in fixed words and never repeat what the client
 * sent.
 *
 * A handler that throws one answers with its status. The message is sent as text where {@linkcode HttpError.expose} is `true`.
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
  /** The status code of the answer, 400 to 599. */
  readonly status: number;
  /** Whether the message is sent to the client. */
  readonly expose: boolean;

  /**
   * Makes an error.
   *
   * @param status The status code to answer with, an integer from 400 to 599.
   * @param message The reason.
   * @param options Whether the client is sent the message; the cause.
   * @throws {RangeError} If the status is anything else.
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
 * The connection ended before the exchange did: the client went away, stalled, or the server was closed.
 *
 * Writes and body reads reject with it, and it is the reason of {@linkcode Request.signal}.
 */
export class ConnectionClosedError extends Error {
  /** The name of the class. */
  override readonly name: string = "ConnectionClosedError";
}

/**
 * A response used in a way that its state does not allow: sent twice, written to after the handler settled, or given
 * more bytes than its `content-length`. Nothing of the refused call has reached the client.
 */
export class ResponseError extends Error {
  /** The name of the class. */
  override readonly name: string = "ResponseError";
}
