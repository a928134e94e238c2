import type { Report, Result } from "./results.ts";

/** The compared runtimes, as columns of the tables. */
const COLUMNS: Readonly<Record<string, string>> = { bun: "Bun", node26: "Node 26", deno: "Deno" };

/** Maximum ratios to be reached, on Bun, Node 26 and Deno. */
type Aims = readonly [bun: number, node26: number, deno: number];

/** Aims for the cost of Handoff in a workload, relative to other candidates. */
interface Aim {
  readonly workload: string;
  readonly title: string;
  /** Relative to the native server of the runtime. */
  readonly native: Aims;
  /** Relative to the bare sockets of the runtime. */
  readonly floor?: number;
  readonly nginx?: number;
}

const AIMS: readonly Aim[] = [
  { workload: "hello", title: "hello, keep-alive", native: [0.8, 0.6, 1.1], floor: 1.15 },
  { workload: "browser", title: "a browser's headers", native: [0.85, 0.65, 1.15], floor: 1.3 },
  { workload: "pipelined", title: "pipelined x16", native: [0.18, 0.12, 0.28], floor: 2, nginx: 0.35 },
  { workload: "json", title: "JSON of 1 KB", native: [0.85, 0.65, 1.15] },
  { workload: "echo", title: "POST of 1 KB, echoed", native: [0.85, 0.65, 1.15] },
  { workload: "async", title: "an async handler", native: [0.85, 0.7, 1.15] },
  { workload: "large", title: "a response of 100 KB", native: [1, 0.9, 1.1], floor: 1.3 },
  { workload: "stream", title: "a stream of 16 x 4 KB", native: [1, 0.9, 1.1], floor: 1.3 },
  { workload: "upload", title: "an upload of 1 GiB", native: [1, 0.8, 1], floor: 1.3 },
  { workload: "app", title: "an app of Hono", native: [1, 1, 1.2] },
  { workload: "idle", title: "idle connection, memory", native: [1, 0.8, 1.5] },
];

/** The server that a table compares Handoff with. */
export type Reference = "native" | "floor" | "nginx";

const RATIO: Readonly<Record<Reference, "toNative" | "toFloor" | "toNginx">> = {
  native: "toNative",
  floor: "toFloor",
  nginx: "toNginx",
};

/**
 * Builds the table of results: a row for each workload with an aim, with the ratio and the aim on each
 * runtime. Ratios above their aim are bold.
 */
export function standingOf(report: Report, reference: Reference): string[][] {
  const rows = AIMS.flatMap(({ workload, title, [reference]: aims }) => {
    if (aims === undefined) return [];
    const cells = Object.keys(COLUMNS).map((runtime, column) => {
      const aim = typeof aims === "number" ? aims : aims[column]!;
      return cellOf(resultOf(report, workload, `handoff-${runtime}`)?.[RATIO[reference]] ?? null, aim);
    });
    return [[title, ...cells]];
  });
  return [["", ...Object.values(COLUMNS)], ...rows];
}

function resultOf(report: Report, workload: string, candidate: string): Result | undefined {
  const table = report.tables.find((table) => table.workload === workload);
  return table?.results.find((result) => result.candidate === candidate);
}

function cellOf(ratio: number | null, aim: number): string {
  if (ratio === null) return "not measured";
  const shown = ratio.toFixed(2);
  return `${Number(shown) > aim ? `**${shown}**` : shown} (${aim.toFixed(2)})`;
}
