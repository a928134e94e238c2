import type { Fresh, Request, Response, ThreadContext } from "../../mod.ts";

/** What the tests of threads share with the threads. */
export interface PoolState {
  /** Counted with `Atomics`, by {@linkcode Counter}. */
  readonly counters: Int32Array<SharedArrayBuffer>;
}

/** What each of the counters counts. */
export type Counter = keyof typeof COUNTERS;

const COUNTERS = {
  /** Requests that reached the handler. */
  handled: 0,
  /** Handlers that wait for their client to go, */
  held: 1,
  /** and those that saw it go. */
  aborted: 2,
  /** Not 0: a factory is to throw. */
  failing: 3,
  /** Factories that were called. */
  started: 4,
  /** Bytes of content that a handler has read. */
  read: 5,
  /** Bytes of content that a handler has written. */
  written: 6,
  /** Handlers that have settled, as far as they tell. */
  settled: 7,
  /** Connections that began, */
  connectionStarts: 8,
  /** and ended. */
  connectionEnds: 9,
  /** Times that `checkContinue` was asked. */
  checked: 10,
  /** Not 0: a slow handler may go on. */
  released: 11,
  /** Milliseconds that a factory takes. */
  startTime: 12,
  /** Not 0: `onError` is to throw. */
  objecting: 13,
  /** Not 0: milliseconds after which a thread ends that begins now. */
  lifetime: 14,
};

/** The counters, at 0. */
export function newState(): PoolState {
  const size = Object.keys(COUNTERS).length * Int32Array.BYTES_PER_ELEMENT;
  return { counters: new Int32Array(new SharedArrayBuffer(size)) };
}

/** Adds to a counter. */
export function count({ counters }: PoolState, counter: Counter, amount = 1): void {
  Atomics.add(counters, COUNTERS[counter], amount);
}

/** Sets a counter. */
export function set({ counters }: PoolState, counter: Counter, value: number): void {
  Atomics.store(counters, COUNTERS[counter], value);
}

/** All counters. */
export function countersOf({ counters }: PoolState): Record<Counter, number> {
  return Object.fromEntries(
    Object.entries(COUNTERS).map(([name, at]) => [name, Atomics.load(counters, at)]),
  ) as Record<Counter, number>;
}

/** Reads one counter. */
export function counted({ counters }: PoolState, counter: Counter): number {
  return Atomics.load(counters, COUNTERS[counter]);
}

/** Handles the requests for one path. */
export type Route = (
  req: Request,
  res: Response<Fresh>,
  context: ThreadContext<PoolState>,
) => void | Promise<void>;
