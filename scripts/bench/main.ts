/**
 * Measures the cost of Handoff in comparison to other servers.
 *
 *     deno task bench                                  everything: about half an hour
 *     deno task bench --only=hello,handoff,Bun.serve   workloads and candidates by words of their names
 *     deno task bench --seconds=1 --rounds=1 --json    for a quick look, or for a program
 *
 * See README.md beside this file for the meaning of the figures.
 */

import { barsOf } from "./bars.ts";
import { type Candidate, CANDIDATES } from "./candidates.ts";
import { circumstances } from "./machine.ts";
import { measure, type Sample } from "./measure.ts";
import { assertOptions, numberOption } from "./options.ts";
import { installPackages, type Packages } from "./packages.ts";
import { executablePath } from "./programs.ts";
import { formatTable, type Report, type Table, tableOf } from "./results.ts";
import { select } from "./select.ts";
import { type ServerProcess, startServer } from "./server_process.ts";
import { verify } from "./verify.ts";
import { warmUp } from "./warm_up.ts";
import { type Workload, WORKLOADS } from "./workloads.ts";
import { writeReport } from "./write_report.ts";

/** Duration and number of measurements. */
interface Plan {
  readonly seconds: number;
  readonly rounds: number;
  readonly packages: Packages;
}

async function main(args: readonly string[]): Promise<void> {
  assertOptions(args, ["only", "seconds", "rounds", "json"]);
  const plan: Plan = {
    seconds: numberOption(args, "seconds", 1),
    rounds: numberOption(args, "rounds", 5),
    packages: installPackages(),
  };
  const { workloads, candidates } = select(args, WORKLOADS, CANDIDATES);
  const json = args.includes("--json");
  const tables: Table[] = [];
  for (const workload of workloads) {
    const table = await measureAll(workload, candidates.filter((one) => takesPart(one, workload)), plan);
    tables.push(table);
    if (!json) console.log(formatTable(table));
  }
  const report: Report = {
    ...circumstances(),
    seconds: plan.seconds,
    rounds: plan.rounds,
    tables,
  };
  if (json) console.log(JSON.stringify(report, null, 2));
  await writeReport("results", report, barsOf(report));
}

function takesPart(candidate: Candidate, workload: Workload): boolean {
  if (!candidate.routes.includes(workload.route)) return false;
  if (candidate.kind === "floor") return workload.floor;
  return candidate.kind !== "nginx" || executablePath("nginx") !== undefined;
}

/**
 * Measures candidates in turn, A B C A B C, so that a disturbance of the machine affects all of them. The
 * candidates of one runtime follow one another, so that none is idle for long: V8 discards compiled code of
 * an idle process, which makes its next requests slower.
 */
async function measureAll(
  workload: Workload,
  candidates: readonly Candidate[],
  plan: Plan,
): Promise<Table> {
  const samples = new Map<Candidate, Sample[]>(candidates.map((candidate) => [candidate, []]));
  for (const group of Map.groupBy(candidates, ({ runtime }) => runtime).values()) {
    await measureInTurn(workload, group, plan, samples);
  }
  return tableOf(workload, samples);
}

async function measureInTurn(
  workload: Workload,
  candidates: readonly Candidate[],
  { seconds, rounds, packages }: Plan,
  samples: ReadonlyMap<Candidate, Sample[]>,
): Promise<void> {
  const servers = new Map<Candidate, ServerProcess>();
  try {
    const start = async (candidate: Candidate): Promise<ServerProcess> => {
      const server = await startServer(candidate.command(workload.route, packages));
      servers.set(candidate, server);
      await verify(candidate.name, server.port, workload);
      return server;
    };
    for (const candidate of candidates) {
      const server = await start(candidate);
      await warmUp(server, workload, packages);
    }
    for (let round = 0; round < rounds; round++) {
      for (let [candidate, server] of servers) {
        if (round > 0 && workload.kind === "idle") {
          // The memory of connections from the last round was returned to the process, not to the kernel.
          await server.stop();
          server = await start(candidate);
        }
        samples.get(candidate)!.push(await measure(server, workload, seconds, packages));
      }
    }
  } finally {
    for (const server of servers.values()) await server.stop();
  }
}

if (import.meta.main) await main(Deno.args);
