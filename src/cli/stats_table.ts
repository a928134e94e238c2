import type { ServerStats } from "../server/listening.ts";
import type { ThreadStats } from "../server/statistics.ts";

const CLASSES = ["1xx", "2xx", "3xx", "4xx", "5xx"] as const;

const COLUMNS: Readonly<Record<string, (stats: ThreadStats) => number>> = {
  open: (stats) => stats.openConnections,
  accepted: (stats) => stats.acceptedConnections,
  requests: (stats) => stats.requests,
  ...Object.fromEntries(
    CLASSES.map((name) => [name, (stats: ThreadStats): number => stats.responses[name]]),
  ),
  "bytes in": (stats) => stats.bytesIn,
  "bytes out": (stats) => stats.bytesOut,
  errors: (stats) => stats.errors,
  restarts: (stats) => stats.restarts,
};

/**
 * Writes the figures of all threads as a table in plain text.
 *
 * @returns A line for each thread; empty if there are no figures.
 */
export function statsTable({ threads, acceptor }: ServerStats): string {
  if (threads.length === 0) return "";
  const rows = threads.map((stats, index) => row(String(index), stats));
  if (acceptor !== undefined) rows.push(row("acceptor", acceptor));
  const table = [["thread", ...Object.keys(COLUMNS)], ...rows];
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  return table.map((row) => row.map((cell, column) => cell.padStart(widths[column]!)).join("  ") + "\n")
    .join("");
}

function row(name: string, stats: ThreadStats): string[] {
  return [name, ...Object.values(COLUMNS).map((read) => String(read(stats)))];
}
