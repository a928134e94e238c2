import * as asyncHooks from "node:async_hooks";

/** Calls a function with one argument. */
export type CallWith = <A>(call: (argument: A) => void, argument: A) => void;

// Cast to what is declared here, so that nothing depends on the types of Node.
const { AsyncLocalStorage } = asyncHooks as unknown as {
  readonly AsyncLocalStorage: { snapshot(): CallWith };
};

/**
 * Makes a function that calls others in the asynchronous context of now: what they find in an `AsyncLocalStorage` is what
 * was there when this was called, and not what their caller has. A call costs 0.1 us (Node) to 0.4 us (Deno).
 */
export function ownContext(): CallWith {
  return AsyncLocalStorage.snapshot();
}
