/**
 * A WebSocket that could not be opened, or came to an unwanted end.
 *
 * {@linkcode acceptWebSocket} rejects with it after the client has been answered, so a handler may let it go. The `error`
 * event has it where the client broke the protocol or a limit.
 */
export class WebSocketError extends Error {
  /** The name of the class. */
  override readonly name: string = "WebSocketError";
  /** The status code of the response that refused the handshake; `null` where the WebSocket had been opened. */
  readonly status: number | null;
  /** The status code of the close frame that the client was sent; `null` where there was none. */
  readonly code: number | null;

  /**
   * Made by the library alone.
   *
   * @param message The fault.
   * @param codes The status code of the response or of the close frame.
   */
  constructor(message: string, codes: { readonly status?: number; readonly code?: number } = {}) {
    super(message);
    this.status = codes.status ?? null;
    this.code = codes.code ?? null;
  }
}
