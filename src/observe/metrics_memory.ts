/**
 * The counters of {@linkcode Metrics} in memory that threads share. Each thread has a block of its own and is
 * its only writer, so that no counter needs an atomic addition; a reader adds the blocks up. The engines of
 * all three runtimes read and write an aligned 64-bit number in one access.
 */
export type MetricsMemory = Float64Array<SharedArrayBuffer>;

/** Methods with a label of their own. A client may send any other method: those are counted together. */
export const METHODS: readonly string[] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/** Index of the label for other methods. */
export const OTHER_METHOD: number = METHODS.length;

/** Index of the label for requests whose head could not be read. */
export const NO_METHOD: number = OTHER_METHOD + 1;

/** Values of the label `method`. */
export const METHOD_LABELS: readonly string[] = [...METHODS, "other", "none"];

/** Values of the label `class`. `none`: the client was gone before there was a status. */
export const CLASS_LABELS: readonly string[] = ["none", "1xx", "2xx", "3xx", "4xx", "5xx"];

/** Upper bounds of the buckets of durations, in seconds: the defaults of Prometheus' own clients. */
export const DURATION_BOUNDS: readonly number[] = [
  0.005,
  0.01,
  0.025,
  0.05,
  0.1,
  0.25,
  0.5,
  1,
  2.5,
  5,
  10,
];

/** Upper bounds of the buckets of event-loop delays, in seconds. */
export const DELAY_BOUNDS: readonly number[] = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

// Offsets within a block. A histogram is its buckets, the last without a bound, and the sum of its values.

/** Responses by method and class. */
export const RESPONSES = 0;
/** Histogram of durations. */
export const DURATIONS: number = METHOD_LABELS.length * CLASS_LABELS.length;
/** Histogram of event-loop delays. */
export const DELAYS: number = DURATIONS + histogramLength(DURATION_BOUNDS);
/** Bytes of content received. */
export const BYTES_IN: number = DELAYS + histogramLength(DELAY_BOUNDS);
/** Bytes of content sent. */
export const BYTES_OUT: number = BYTES_IN + 1;
/** Aborted responses. */
export const ABORTED: number = BYTES_IN + 2;
/** Responses with an error. */
export const FAILED: number = BYTES_IN + 3;

/**
 * Numbers in two cache lines. Blocks are multiples of it, so that two threads never write to the same line.
 */
const ALIGNMENT = 16;

/** Number of counters in a block. */
export const BLOCK: number = Math.ceil((FAILED + 1) / ALIGNMENT) * ALIGNMENT;

/**
 * Makes the memory of counters that several threads share, all of them 0.
 *
 * @param threads Number of threads that count.
 * @throws {RangeError} If that is not a whole number above 0.
 *
 * @example
 * ```ts
 * import { metrics, metricsMemory } from "@handoff/server/observe";
 * import { assertEquals } from "@std/assert";
 *
 * const memory = metricsMemory(2);
 * using first = metrics({ memory, thread: 0 });
 * using second = metrics({ memory, thread: 1 });
 * assertEquals(first.text(), second.text());
 * ```
 */
export function metricsMemory(threads: number): MetricsMemory {
  if (!Number.isInteger(threads) || threads < 1) {
    throw new RangeError(`Cannot make counters: ${threads} is not a number of threads`);
  }
  return new Float64Array(new SharedArrayBuffer(threads * BLOCK * Float64Array.BYTES_PER_ELEMENT));
}

/** Number of threads whose counters a memory has. */
export function threadsOf(memory: MetricsMemory): number {
  return memory.length / BLOCK;
}

/**
 * The counters of one thread.
 *
 * @throws {RangeError} If the memory has no such thread.
 */
export function blockOf(memory: MetricsMemory, thread: number): Float64Array {
  const block = memory.subarray(thread * BLOCK, (thread + 1) * BLOCK);
  if (Number.isInteger(thread) && thread >= 0 && block.length === BLOCK) return block;
  throw new RangeError(`Cannot count for thread ${thread}: the memory has ${threadsOf(memory)} threads`);
}

function histogramLength(bounds: readonly number[]): number {
  return bounds.length + 2;
}
