import type { Handler, HandlerFunction } from "../exchange/handler.ts";

/**
 * Marks what {@linkcode perThread} returns. It is registered for the whole process, so that a server knows
 * the mark of another copy of this package: the one that the handler's module has installed.
 */
const MARK: unique symbol = Symbol.for("handoff.perThread") as typeof MARK;

/** The argument of a factory: the state, and the number of the thread. */
export interface ThreadContext<State> {
  /**
   * The `state` that was given to `handle`: shared memory is the same in every thread, plain data is this
   * thread's copy.
   */
  readonly state: State;
  /**
   * The number of this thread: from 0, less than the number of threads. One that replaces another takes its
   * number.
   */
  readonly thread: number;
}

/** Makes the handler of one thread, now or later. */
export type PerThreadFactory<State> = (
  context: ThreadContext<State>,
) => Handler | HandlerFunction | Promise<Handler | HandlerFunction>;

/**
 * A handler module's default export that makes a handler for each thread: what {@linkcode perThread} returns.
 */
export interface PerThread<State> {
  /** Makes the handler of one thread. */
  readonly factory: PerThreadFactory<State>;
}

/**
 * Marks a factory as the default export of a handler module: it is called once in each thread and returns the
 * handler of that thread, or a promise of it. So a handler can be given the shared `state`, know its thread,
 * and open what it needs (a database, say) before the first request.
 *
 * @param factory Makes the handler. What it throws or rejects with is what `handle` rejects with.
 * @returns The factory, marked.
 * @throws {TypeError} If the factory is not a function.
 *
 * @example
 * ```ts
 * import { perThread } from "@handoff/server";
 *
 * type State = { hits: BigInt64Array<SharedArrayBuffer> };
 *
 * export default perThread<State>(({ state, thread }) => (_req, res) => {
 *   const hits = Atomics.add(state.hits, 0, 1n) + 1n;
 *   return res.send(`Request ${hits}, answered by thread ${thread}\n`);
 * });
 * ```
 */
export function perThread<State = undefined>(factory: PerThreadFactory<State>): PerThread<State> {
  if (typeof factory !== "function") {
    throw new TypeError("Cannot make handlers: the factory is not a function");
  }
  return Object.freeze({ [MARK]: true, factory });
}

/**
 * The factory of what {@linkcode perThread} returned, in this copy of the package or another; for the
 * server's use.
 *
 * @param value Anything: the default export of a module.
 * @returns The factory; `null` if the value is something else.
 */
export function perThreadFactory(value: unknown): PerThreadFactory<unknown> | null {
  if (typeof value !== "object" || value === null || !(MARK in value)) return null;
  const { factory } = value as unknown as PerThread<unknown>;
  return typeof factory === "function" ? factory : null;
}
