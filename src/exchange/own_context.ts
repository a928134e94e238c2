/**
 * The asynchronous context that a server was made in. An `AsyncLocalStorage` store that one request's handler has entered
 * must not be seen by the handler of another request.
 */
export interface OwnContext {
  /** Calls a function with one argument in this context. */
  run<A>(call: (argument: A) => void, argument: A): void;
  /**
   * Whether the calls of the event loop come in this context, whatever a handler that was called by an earlier one has
   * entered. Where they do, only handlers that another handler's work leads to need {@linkcode OwnContext.run}.
   */
  readonly isKept: boolean;
}
