import type { Sample } from "./sample.ts";

const MIB = 1024 * 1024;

/** Memory that may be garbage, in bytes, and as a part of what there was before. */
const GARBAGE = 24 * MIB;
const GARBAGE_RATIO = 0.2;

/** Descriptors that a runtime may open by itself. */
const OWN_DESCRIPTORS = 8;

/** Errors that clients bring about which go away in the midst of a message. By name, as `onError` is told. */
const CLIENTS_ERRORS: ReadonlySet<string> = new Set(["ConnectionClosedError", "HttpError", "WebSocketError"]);

/**
 * Judges the samples of a soak.
 *
 * @param samples Taken at even times while there was load.
 * @param idle Taken before there was load, and once all clients had gone.
 * @returns What is wrong; nothing where all is well.
 */
export function judge(
  samples: readonly Sample[],
  idle: { readonly before: Sample; readonly after: Sample },
): string[] {
  const { before, after } = idle;
  const wrong: string[] = [];
  for (const value of ["memory", "heap"] as const) {
    const grown = growth(samples.map((sample) => sample[value]));
    if (grown !== null) {
      wrong.push(`${value} has grown from ${mebibytes(grown.from)} to ${mebibytes(grown.to)}`);
    }
  }
  if (after.open !== 0) wrong.push(`${after.open} connections are open though no client is left`);
  if (after.descriptors > before.descriptors + OWN_DESCRIPTORS) {
    wrong.push(`${after.descriptors} descriptors are open, ${before.descriptors} were before`);
  }
  if (after.restarts > 0) wrong.push(`${after.restarts} threads died`);
  if (after.unhandled.length > 0) wrong.push(`Unhandled: ${after.unhandled.slice(0, 5).join(" | ")}`);
  const errors = Object.entries(after.errors).filter(([name]) => !CLIENTS_ERRORS.has(name));
  for (const [name, count] of errors) wrong.push(`${count} errors that no client brings about: ${name}`);
  for (const value of ["accepted", "requests"] as const) {
    if (samples.some((sample, i) => i > 0 && sample[value] < samples[i - 1]![value])) {
      wrong.push(`${value} went back`);
    }
  }
  return wrong;
}

/**
 * The growth of a value from the second quarter of its samples, when all is warm, to the last quarter, by the
 * medians of both; `null` where it is no more than garbage that has yet to be collected.
 */
export function growth(values: readonly number[]): { readonly from: number; readonly to: number } | null {
  const quarter = Math.floor(values.length / 4);
  if (quarter === 0) return null;
  const from = median(values.slice(quarter, 2 * quarter));
  const to = median(values.slice(-quarter));
  return to - from > GARBAGE + GARBAGE_RATIO * from ? { from, to } : null;
}

/** The middle one of some values. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

/** For example `12.3 MiB`. */
export function mebibytes(bytes: number): string {
  return `${(bytes / MIB).toFixed(1)} MiB`;
}
