import { formatValue, type MetricFamily, type Sample } from "./exposition.ts";
import type { ResponseRecord } from "../exchange/response_record.ts";

/**
 * The counters of all threads, in memory that they share. Each thread has a block of its own and is the only
 * one to write to it, so that no counter needs an atomic addition; the reader adds the blocks up. A number of
 * 64 bits that is aligned is read and written in one access by the engines of all three runtimes.
 */
export type MetricsMemory = Float64Array<SharedArrayBuffer>;

/** Upper bounds of the buckets of durations, in seconds: those of Prometheus' own clients. */
export const DURATION_BUCKETS: readonly number[] = [
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

/** Methods that have a label of their own. A client may send any other: they are counted together. */
const METHODS: readonly string[] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

const OTHER = METHODS.length;
/** No request head that was valid. */
const NONE = OTHER + 1;

const METHOD_LABELS: readonly string[] = [...METHODS, "other", "none"];

const CLASSES: readonly string[] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

// A block: responses by method and class; the buckets of durations, the last without a bound, and their sum;
// then single counters. Blocks are multiples of two cache lines, so that two threads do not write to the same
// ones.
const BUCKETS = METHOD_LABELS.length * CLASSES.length;
const SECONDS = BUCKETS + DURATION_BUCKETS.length + 1;
const BYTES_IN = SECONDS + 1;
const BYTES_OUT = SECONDS + 2;
const ABORTED = SECONDS + 3;
const ERRORS = SECONDS + 4;
const ALIGNMENT = 16;
const BLOCK = Math.ceil((ERRORS + 1) / ALIGNMENT) * ALIGNMENT;

/**
 * Makes the memory of the counters, all of them 0.
 *
 * @param threads Number of threads that count.
 */
export function createMetricsMemory(threads: number): MetricsMemory {
  return new Float64Array(new SharedArrayBuffer(threads * BLOCK * Float64Array.BYTES_PER_ELEMENT));
}

/** Counts the responses of one thread. */
export class ResponseMeter {
  readonly #block: Float64Array;

  /**
   * @param memory The counters of all threads.
   * @param thread The number of this thread, from 0. No other may count under it at the same time; one that
   * takes the place of a thread that has died goes on with its counters.
   * @throws {RangeError} If the memory has no such thread.
   */
  constructor(memory: MetricsMemory, thread: number) {
    const block = memory.subarray(thread * BLOCK, (thread + 1) * BLOCK);
    if (!Number.isInteger(thread) || thread < 0 || block.length !== BLOCK) {
      throw new RangeError(
        `Cannot count responses of thread ${thread}: the memory has ${memory.length / BLOCK} threads`,
      );
    }
    this.#block = block;
  }

  /** Counts a response. */
  count(record: ResponseRecord): void {
    const block = this.#block;
    const seconds = Math.max(record.duration, 0) / 1000;
    block[methodOf(record.method) * CLASSES.length + classOf(record.status)]!++;
    block[BUCKETS + bucketOf(seconds)]!++;
    block[SECONDS]! += seconds;
    block[BYTES_IN]! += record.bytesIn;
    block[BYTES_OUT]! += record.bytesOut;
    if (record.aborted) block[ABORTED]!++;
    if (record.error !== undefined) block[ERRORS]!++;
  }
}

/**
 * Reads the counters of all threads.
 *
 * @param memory The counters.
 * @returns The metrics: `handoff_responses_total` by method and class of status,
 * `handoff_response_duration_seconds`, `handoff_received_bytes_total`, `handoff_sent_bytes_total`,
 * `handoff_aborted_responses_total` and `handoff_failed_responses_total`. Combinations of labels that have
 * not occurred are left out.
 */
export function responseMetrics(memory: MetricsMemory): MetricFamily[] {
  const sums = new Float64Array(BLOCK);
  for (let at = 0; at < memory.length; at++) sums[at % BLOCK]! += memory[at]!;
  return [
    {
      name: "handoff_responses_total",
      help: "Responses by method of the request and class of the status.",
      type: "counter",
      samples: responseSamples(sums),
    },
    {
      name: "handoff_response_duration_seconds",
      help: "Time from the start of a request to the end of its response.",
      type: "histogram",
      samples: durationSamples(sums),
    },
    counter("handoff_received_bytes_total", "Bytes of requests.", sums[BYTES_IN]!),
    counter("handoff_sent_bytes_total", "Bytes of responses.", sums[BYTES_OUT]!),
    counter("handoff_aborted_responses_total", "Responses that were cut off.", sums[ABORTED]!),
    counter("handoff_failed_responses_total", "Responses with an error of any kind.", sums[ERRORS]!),
  ];
}

function counter(name: string, help: string, value: number): MetricFamily {
  return { name, help, type: "counter", samples: [{ value }] };
}

function responseSamples(sums: Float64Array): Sample[] {
  return METHOD_LABELS.flatMap((method, m) =>
    CLASSES.flatMap((label, c): Sample[] => {
      const value = sums[m * CLASSES.length + c]!;
      return value === 0 ? [] : [{ labels: { method, class: label }, value }];
    })
  );
}

/** Prometheus wants each bucket to include those below. */
function durationSamples(sums: Float64Array): Sample[] {
  let count = 0;
  const samples = [...DURATION_BUCKETS, Infinity].map((bound, bucket): Sample => {
    count += sums[BUCKETS + bucket]!;
    return { suffix: "_bucket", labels: { le: formatValue(bound) }, value: count };
  });
  return [...samples, { suffix: "_sum", value: sums[SECONDS]! }, { suffix: "_count", value: count }];
}

function methodOf(method: string | null): number {
  if (method === null) return NONE;
  const index = METHODS.indexOf(method);
  return index === -1 ? OTHER : index;
}

/** The index of a class; a status that there is not counts as a failure of the server. */
function classOf(status: number): number {
  const index = Math.floor(status / 100) - 1;
  return index >= 0 && index < CLASSES.length ? index : CLASSES.length - 1;
}

/** The first bucket whose bound is not below the duration. */
function bucketOf(seconds: number): number {
  for (let i = 0; i < DURATION_BUCKETS.length; i++) if (seconds <= DURATION_BUCKETS[i]!) return i;
  return DURATION_BUCKETS.length;
}
