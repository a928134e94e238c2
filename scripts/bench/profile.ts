/**
 * Shows the distribution of the CPU time that `main.ts` measures over kernel, C library, runtime, and
 * JavaScript.
 *
 *     deno task bench:profile
 *     deno task bench:profile --only=echo,bun --seconds=1
 *
 * This requires Linux, `perf` (on Debian `apt install linux-perf`), and the right to use it. Writes
 * profile.json beside this file.
 */

import { type Candidate, CANDIDATES, nativeOf, peerOf } from "./candidates.ts";
import { LAYERS, type Shares, sharesOf } from "./layers.ts";
import { type Circumstances, circumstances } from "./machine.ts";
import { measure, UNITS } from "./measure.ts";
import { assertOptions, numberOption } from "./options.ts";
import { installPackages, type Packages } from "./packages.ts";
import { executablePath } from "./programs.ts";
import { alignColumns } from "./results.ts";
import { runtimeNamed } from "./runtimes.ts";
import { select } from "./select.ts";
import { type ServerProcess, startServer } from "./server_process.ts";
import { verify } from "./verify.ts";
import { warmUp } from "./warm_up.ts";
import { type Workload, WORKLOADS } from "./workloads.ts";
import { writeReport } from "./write_report.ts";

/** Profile of one server in one workload. */
export interface Profile {
  readonly workload: string;
  readonly runtime: string;
  readonly candidate: string;
  readonly kind: Candidate["kind"];
  /** Cost in the unit of the workload, measured without a profiler. */
  readonly cost: number;
  /** Distribution of the cost. */
  readonly shares: Shares;
}

/** Report of a run. */
export interface ProfileReport extends Circumstances {
  readonly profiles: readonly Profile[];
}

const RUNTIMES = ["bun", "node26", "deno"];

/** Samples per second, not a divisor of the frequency of other regular events. */
const FREQUENCY = 4999;

/** Milliseconds that `perf` needs to attach to a process. */
const ATTACH = 500;

async function main(args: readonly string[]): Promise<void> {
  assertOptions(args, ["only", "seconds"]);
  const perf = executablePath("perf");
  if (perf === undefined) throw new Error("Cannot profile: perf is not installed");
  const seconds = numberOption(args, "seconds", 2);
  const packages = installPackages();
  const { workloads, candidates } = select(
    args,
    WORKLOADS.filter(({ kind }) => kind !== "idle"),
    CANDIDATES.filter(({ kind, runtime }) => kind === "handoff" && RUNTIMES.includes(runtime!)),
  );
  const profiles: Profile[] = [];
  for (const workload of workloads) {
    const rows: Profile[] = [];
    for (const candidate of candidates.flatMap((one) => withPeers(one, workload))) {
      rows.push(await profile(perf, candidate, workload, seconds, packages));
    }
    profiles.push(...rows);
    console.log(format(workload, rows));
  }
  const report: ProfileReport = { ...circumstances(), profiles };
  await writeReport("profile", report);
}

/** Lists a candidate after the servers that it is compared with. */
function withPeers(candidate: Candidate, workload: Workload): Candidate[] {
  const floor = workload.floor ? peerOf(candidate, "floor") : undefined;
  return [nativeOf(candidate, workload.route), floor, candidate].filter((one) => one !== undefined);
}

async function profile(
  perf: string,
  candidate: Candidate,
  workload: Workload,
  seconds: number,
  packages: Packages,
): Promise<Profile> {
  const { name, kind, runtime } = candidate;
  const { command, env = {} } = candidate.command(workload.route, packages);
  const [program, ...args] = runtimeNamed(runtime!).command;
  const server = await startServer({
    command: [program!, ...args, ...namingFlags(runtime!), ...command.slice(1 + args.length)],
    env,
    // V8 writes a log to its working directory.
    folder: await Deno.makeTempDir({ prefix: "handoff-bench-" }),
  });
  try {
    await verify(name, server.port, workload);
    await warmUp(server, workload, packages);
    const { cost } = await measure(server, workload, seconds, packages);
    const samples = await record(perf, server, () => measure(server, workload, seconds, packages));
    const shares = sharesOf(samples, Deno.realPathSync(program!).split("/").at(-1)!);
    return { workload: workload.name, runtime: runtime!, candidate: name, kind, cost, shares };
  } finally {
    await server.stop();
    await Deno.remove(`/tmp/perf-${server.pid}.map`).catch(() => {});
  }
}

/** Flags that make an engine report the addresses of compiled code. */
function namingFlags(runtime: string): string[] {
  if (runtime === "deno") return ["--v8-flags=--perf-basic-prof"];
  return runtime === "bun" ? [] : ["--perf-basic-prof"];
}

async function record(perf: string, server: ServerProcess, work: () => Promise<unknown>): Promise<string> {
  const file = await Deno.makeTempFile({ prefix: "handoff-bench-", suffix: ".perf" });
  try {
    const recording = new Deno.Command(perf, {
      args: ["record", "-F", `${FREQUENCY}`, "-o", file, "-p", `${server.pid}`],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const told = new Response(recording.stderr).text();
    await new Promise((resolve) => setTimeout(resolve, ATTACH));
    await work();
    try {
      recording.kill("SIGINT");
    } catch {
      // The process has ended by itself and reported the reason.
    }
    await recording.status;
    const { success, stdout } = await new Deno.Command(perf, {
      args: ["script", "-i", file, "-F", "ip,sym,dso"],
      stdin: "null",
    }).output();
    if (!success) throw new Error(`Cannot profile: ${(await told).trim()}`);
    await told;
    return new TextDecoder().decode(stdout);
  } finally {
    await Deno.remove(file);
  }
}

function format({ title, kind }: Workload, profiles: readonly Profile[]): string {
  const rows = profiles.map(({ candidate, cost, shares }) => [
    candidate,
    cost.toFixed(2),
    ...LAYERS.map((layer) => (cost * shares[layer]).toFixed(2)),
  ]);
  return `\n${title}\n${alignColumns([["", UNITS[kind], ...LAYERS], ...rows])}`;
}

if (import.meta.main) await main(Deno.args);
