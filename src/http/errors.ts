/**
 * A request that breaks HTTP or a limit, with the status that it gets.
 *
 * The message names the rule in fixed words and never repeats what the client sent, so it may be sent to the client.
 * A handler meets this error when the body that it reads is malformed, cut short, too large or too slow.
 */
export class HttpError extends Error {
  /** The name of the class. */
  override readonly name: string = "HttpError";
  /**
   * The status code of the answer: 400, 408, 413, 414, 417, 431, 501 or 505; 502 or 503 where the thread that was to
   * answer has died.
   */
  readonly status: number;

  /**
   * Made by the parser and by whoever enforces a limit.
   *
   * @param status The status code to answer with.
   * @param message The rule that was broken, in words that may be shown to the client.
   */
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
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
