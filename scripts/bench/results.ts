import { type Candidate, nativeOf, peerOf } from "./candidates.ts";
import type { Circumstances } from "./machine.ts";
import { type Sample, UNITS } from "./measure.ts";
import type { Workload } from "./workloads.ts";

/** Result of the rounds of one candidate in one workload. */
export interface Result {
  readonly candidate: string;
  readonly kind: Candidate["kind"];
  /** The median of the rounds, in the unit of the workload. */
  readonly cost: number;
  /** The largest cost minus the smallest, as a share of the median. */
  readonly spread: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly memory: number;
  /**
   * Cost divided by the cost of the runtime's native server, or `null` if that was not measured: see
   * {@linkcode ratioOf}.
   */
  readonly toNative: number | null;
  /** Cost divided by the cost of the runtime's bare sockets. */
  readonly toFloor: number | null;
  /** Cost divided by the cost of nginx. */
  readonly toNginx: number | null;
  readonly samples: readonly Sample[];
}

/** The table of one workload. */
export interface Table {
  readonly workload: string;
  readonly title: string;
  readonly unit: string;
  readonly results: readonly Result[];
}

/** Report of a run. */
export interface Report extends Circumstances {
  readonly seconds: number;
  readonly rounds: number;
  readonly tables: readonly Table[];
}

/** Builds the table of one workload from its samples. */
export function tableOf(workload: Workload, samples: ReadonlyMap<Candidate, readonly Sample[]>): Table {
  const roundsOf = new Map([...samples].map(([{ name }, rounds]) => [name, rounds]));
  const results = [...samples].map(([candidate, rounds]): Result => {
    const { name, kind } = candidate;
    const costs = rounds.map((sample) => sample.cost);
    const cost = median(costs);
    const ratio = (other: string | undefined) => ratioOf(rounds, roundsOf.get(other ?? ""));
    return {
      candidate: name,
      kind,
      cost,
      spread: (Math.max(...costs) - Math.min(...costs)) / cost,
      perSecond: median(rounds.map((sample) => sample.perSecond)),
      p50: median(rounds.map((sample) => sample.p50)),
      p99: median(rounds.map((sample) => sample.p99)),
      memory: median(rounds.map((sample) => sample.memoryAfter)),
      toNative: ratio(nativeOf(candidate, workload.route)?.name),
      toFloor: ratio(peerOf(candidate, "floor")?.name),
      toNginx: ratio("nginx"),
      samples: rounds,
    };
  });
  return { workload: workload.name, title: workload.title, unit: UNITS[workload.kind], results };
}

/**
 * Computes the cost of one candidate relative to another: the median of the ratios of the rounds, which does
 * not change if the machine becomes slower from round to round. `null` if the other was not measured.
 */
function ratioOf(rounds: readonly Sample[], others: readonly Sample[] | undefined): number | null {
  if (others === undefined || others.some(({ cost }) => cost <= 0)) return null;
  return median(rounds.map(({ cost }, round) => cost / others[round]!.cost));
}

/** Computes the middle value, or the mean of the two middle values. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** Formats a table as text. */
export function formatTable({ title, unit, results }: Table): string {
  const number = (value: number, digits: number) =>
    value === 0 ? "-" : value.toFixed(value >= 1000 ? 0 : digits);
  const rows = [
    ["", unit, "spread", "requests/s", "p50 ms", "p99 ms", "memory MB", "/native", "/floor", "/nginx"],
    ...results.map((result) => [
      result.candidate,
      number(result.cost, 2),
      `${(result.spread * 100).toFixed(0)}%`,
      number(result.perSecond, 0),
      number(result.p50, 2),
      number(result.p99, 2),
      number(result.memory / 1e6, 1),
      ...[result.toNative, result.toFloor, result.toNginx].map((ratio) => ratio?.toFixed(2) ?? "-"),
    ]),
  ];
  return `\n${title}\n${alignColumns(rows)}`;
}

/** Aligns the first column to the left and the others to the right. */
export function alignColumns(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row.map((cell, column) => column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))
      .join("  ").trimEnd()
  ).join("\n");
}
