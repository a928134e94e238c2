import type { ResponseRecord } from "../exchange/response_record.ts";
import type { MetricFamily, Sample } from "./exposition.ts";
import { histogramSamples, observe } from "./histogram.ts";
import {
  ABORTED,
  BLOCK,
  BYTES_IN,
  BYTES_OUT,
  CLASS_LABELS,
  DURATION_BOUNDS,
  DURATIONS,
  FAILED,
  METHOD_LABELS,
  METHODS,
  type MetricsMemory,
  NO_METHOD,
  OTHER_METHOD,
  RESPONSES,
} from "./metrics_memory.ts";

/**
 * Counts a response.
 *
 * @param block The counters of this thread.
 * @param record The response.
 */
export function countResponse(block: Float64Array, record: ResponseRecord): void {
  block[RESPONSES + methodOf(record.method) * CLASS_LABELS.length + classOf(record.status)]!++;
  observe(block, DURATIONS, DURATION_BOUNDS, Math.max(record.duration, 0) / 1000);
  block[BYTES_IN]! += record.bytesIn;
  block[BYTES_OUT]! += record.bytesOut;
  if (record.aborted) block[ABORTED]!++;
  if (record.error !== undefined) block[FAILED]!++;
}

/** The metrics of responses, over all threads. Combinations of labels without a response are left out. */
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
      help: "Time from the head of a request to the end of its response.",
      type: "histogram",
      samples: histogramSamples(sums, DURATIONS, DURATION_BOUNDS),
    },
    counter("handoff_request_content_bytes_total", "Bytes of content received.", sums[BYTES_IN]!),
    counter("handoff_response_content_bytes_total", "Bytes of content sent.", sums[BYTES_OUT]!),
    counter("handoff_aborted_responses_total", "Responses that were cut off.", sums[ABORTED]!),
    counter("handoff_failed_responses_total", "Responses with an error of any kind.", sums[FAILED]!),
  ];
}

function counter(name: string, help: string, value: number): MetricFamily {
  return { name, help, type: "counter", samples: [{ value }] };
}

function responseSamples(sums: Float64Array): Sample[] {
  return METHOD_LABELS.flatMap((method, m) =>
    CLASS_LABELS.flatMap((label, c): Sample[] => {
      const value = sums[RESPONSES + m * CLASS_LABELS.length + c]!;
      return value === 0 ? [] : [{ labels: { method, class: label }, value }];
    })
  );
}

function methodOf(method: string | null): number {
  if (method === null) return NO_METHOD;
  const index = METHODS.indexOf(method);
  return index === -1 ? OTHER_METHOD : index;
}

/** Index of a status' class. A status outside of 100 to 599 has none. */
function classOf(status: number): number {
  const index = Math.floor(status / 100);
  return index >= 1 && index < CLASS_LABELS.length ? index : 0;
}
