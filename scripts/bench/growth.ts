/**
 * Measures how the cost of Handoff grows with the number of connections, the number of headers, and the size
 * of a body.
 *
 *     deno task bench:growth
 *     deno task bench:growth --only=headers,bun --seconds=1 --rounds=1
 *
 * Writes growth.json and growth.svg beside this file.
 */

import { type Candidate, CANDIDATES } from "./candidates.ts";
import { linesOf } from "./lines.ts";
import { circumstances } from "./machine.ts";
import { measure } from "./measure.ts";
import { assertOptions, numberOption } from "./options.ts";
import { installPackages, type Packages } from "./packages.ts";
import { alignColumns, median } from "./results.ts";
import { select } from "./select.ts";
import { type ServerProcess, startServer } from "./server_process.ts";
import type { Route } from "./servers/payloads.ts";
import { verify } from "./verify.ts";
import { type RequestWorkload, WORKLOADS } from "./workloads.ts";
import { writeReport } from "./write_report.ts";

/** The quantity that grows. */
interface Dimension {
  readonly name: string;
  readonly title: string;
  readonly route: Route;
  readonly steps: readonly number[];
  workload(step: number): RequestWorkload;
}

/** Cost of one server at one step. */
export interface Point {
  readonly dimension: string;
  readonly candidate: string;
  readonly step: number;
  /** Microseconds of CPU time for each request: the median, and the extremes of the rounds. */
  readonly cost: number;
  readonly least: number;
  readonly most: number;
}

const HELLO_WORKLOAD = WORKLOADS.find((workload) => workload.name === "hello") as RequestWorkload;
const ECHO_WORKLOAD = WORKLOADS.find((workload) => workload.name === "echo") as RequestWorkload;

/**
 * Size in bytes up to which bodies are sent over as many connections as in the other workloads. Larger bodies
 * are sent over fewer.
 */
const LARGE_BODY = 100_000;
const FEW = 4;

const DIMENSIONS: readonly Dimension[] = [
  {
    name: "connections",
    title: "connections",
    route: "hello",
    steps: [1, 8, 64, 512, 4096],
    workload: (connections) => ({ ...HELLO_WORKLOAD, connections }),
  },
  {
    name: "headers",
    title: "header fields of 40 bytes",
    route: "hello",
    steps: [1, 2, 5, 10, 20, 40, 70, 100],
    workload: (count) => ({ ...HELLO_WORKLOAD, request: { method: "GET", headers: fields(count) } }),
  },
  {
    name: "bodies",
    title: "bytes of a body, echoed",
    route: "echo",
    steps: [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000],
    workload(size) {
      const body = "x".repeat(size);
      const headers = [["Host", "127.0.0.1"], ["Content-Length", String(size)]] as const;
      const connections = size < LARGE_BODY ? ECHO_WORKLOAD.connections : FEW;
      return { ...ECHO_WORKLOAD, answer: body, connections, request: { method: "POST", headers, body } };
    },
  },
];

/** Creates Host and other fields, each a line of 40 bytes. */
function fields(count: number): [string, string][] {
  const others = Array.from({ length: count - 1 }, (_, at): [string, string] => [
    `X-Field-${String(at).padStart(3, "0")}`,
    "a value of 25 characters.",
  ]);
  return [["Host", "127.0.0.1"], ...others];
}

async function main(args: readonly string[]): Promise<void> {
  assertOptions(args, ["only", "seconds", "rounds"]);
  const seconds = numberOption(args, "seconds", 2);
  const rounds = numberOption(args, "rounds", 3);
  const packages = installPackages();
  const { workloads: dimensions, candidates } = select(
    args,
    DIMENSIONS,
    CANDIDATES.filter(({ kind }) => kind === "handoff"),
  );
  const points: Point[] = [];
  for (const dimension of dimensions) {
    const measured = await measureDimension(dimension, candidates, seconds, rounds, packages);
    points.push(...measured);
    console.log(format(dimension, candidates, measured));
  }
  const report = {
    ...circumstances(),
    seconds,
    rounds,
    points,
  };
  const titles = DIMENSIONS.map(({ name, title }) => ({ name, title }));
  await writeReport("growth", report, linesOf(points, titles));
}

/**
 * Measures all steps of all servers once in each round, so that a disturbance of the machine is spread over
 * them.
 */
async function measureDimension(
  { name, route, steps, workload }: Dimension,
  candidates: readonly Candidate[],
  seconds: number,
  rounds: number,
  packages: Packages,
): Promise<Point[]> {
  const servers = new Map<Candidate, ServerProcess>();
  const costs = new Map<string, number[]>();
  try {
    for (const candidate of candidates) {
      const server = await startServer(candidate.command(route, packages));
      servers.set(candidate, server);
      for (const step of steps) await verify(candidate.name, server.port, workload(step));
      await measure(server, route === "hello" ? HELLO_WORKLOAD : ECHO_WORKLOAD, seconds, packages);
    }
    for (let round = 0; round < rounds; round++) {
      for (const step of steps) {
        for (const [candidate, server] of servers) {
          const { cost } = await measure(server, workload(step), seconds, packages);
          const key = `${candidate.name} ${step}`;
          costs.set(key, [...costs.get(key) ?? [], cost]);
        }
      }
    }
  } finally {
    for (const server of servers.values()) await server.stop();
  }
  return candidates.flatMap((candidate) =>
    steps.map((step): Point => {
      const all = costs.get(`${candidate.name} ${step}`)!;
      return {
        dimension: name,
        candidate: candidate.name,
        step,
        cost: median(all),
        least: Math.min(...all),
        most: Math.max(...all),
      };
    })
  );
}

function format(
  { title, steps }: Dimension,
  candidates: readonly Candidate[],
  points: readonly Point[],
): string {
  const rows = steps.map((step) => [
    String(step),
    ...candidates.map(({ name }) =>
      points.find((point) => point.step === step && point.candidate === name)!.cost.toFixed(2)
    ),
  ]);
  const heading = `\n${title}: CPU us/request`;
  return `${heading}\n${alignColumns([["", ...candidates.map(({ name }) => name)], ...rows])}`;
}

if (import.meta.main) await main(Deno.args);
