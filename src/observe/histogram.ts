import { formatValue, type Labels, type Sample } from "./exposition.ts";

/**
 * Counts a value in a histogram: its buckets, the last without a bound, and the sum of the values.
 *
 * @param counters The memory that the histogram lies in.
 * @param offset Index of its first bucket.
 * @param bounds Upper bounds of the buckets, ascending. A value equal to a bound is within it.
 * @param value The value.
 */
export function observe(
  counters: Float64Array,
  offset: number,
  bounds: readonly number[],
  value: number,
): void {
  let bucket = 0;
  while (bucket < bounds.length && value > bounds[bucket]!) bucket++;
  counters[offset + bucket]!++;
  counters[offset + bounds.length + 1]! += value;
}

/** The samples of a histogram. In Prometheus each bucket includes the smaller ones. */
export function histogramSamples(
  counters: Float64Array,
  offset: number,
  bounds: readonly number[],
  labels: Labels = {},
): Sample[] {
  let count = 0;
  const buckets = [...bounds, Infinity].map((bound, bucket): Sample => {
    count += counters[offset + bucket]!;
    return { suffix: "_bucket", labels: { ...labels, le: formatValue(bound) }, value: count };
  });
  const sum = counters[offset + bounds.length + 1]!;
  return [...buckets, { suffix: "_sum", labels, value: sum }, { suffix: "_count", labels, value: count }];
}
