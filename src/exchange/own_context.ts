/**
 * The asynchronous context in which the server was created. Handlers are called in this context. Without it,
 * an `AsyncLocalStorage` store that the handler of one request entered would be visible to the handler of
 * another.
 */
export interface OwnContext {
  /** Calls a function with one argument in this context. */
  run<A>(call: (argument: A) => void, argument: A): void;
  /**
   * `true` if callbacks of the event loop run in this context, whatever an earlier handler entered. Only
   * handlers that are called as a result of another handler's work then need {@linkcode OwnContext.run}.
   */
  readonly isKept: boolean;
}
