import { drive } from "./load.ts";
import type { Packages } from "./packages.ts";
import { LOAD_CORE, pinned } from "./programs.ts";
import type { ServerProcess } from "./server_process.ts";
import type { IdleWorkload, UploadWorkload, Workload } from "./workloads.ts";

/** Result of one measurement of one candidate. */
export interface Sample {
  /** The compared figure, in the unit of the workload: see {@linkcode UNITS}. */
  readonly cost: number;
  /** Number of requests per second; 0 if the workload does not count requests. */
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  /** Milliseconds. */
  readonly p99: number;
  /** Resident memory of the server before and after, in bytes. */
  readonly memoryBefore: number;
  readonly memoryAfter: number;
}

/** Unit of the cost, by kind of workload. */
export const UNITS: Record<Workload["kind"], string> = {
  requests: "CPU us/request",
  upload: "CPU s/GiB",
  idle: "bytes/connection",
};

const GIBIBYTE = 1024 ** 3;

/** Milliseconds for the memory to settle after connections were opened. */
const SETTLE = 2000;

/** Measures a server whose responses have been verified. */
export async function measure(
  server: ServerProcess,
  workload: Workload,
  seconds: number,
  packages: Packages,
): Promise<Sample> {
  if (workload.kind === "upload") return await measureUpload(server, workload);
  if (workload.kind === "idle") return await measureIdle(server, workload);
  const memoryBefore = server.memory();
  const before = server.cpuTime();
  const { requests, perSecond, p50, p99, errors } = await drive(server.port, workload, seconds, packages);
  const cpu = server.cpuTime() - before;
  if (errors > 0) {
    throw new Error(`Cannot measure ${workload.name}: ${errors} of ${requests} requests failed`);
  }
  return { cost: cpu / requests, perSecond, p50, p99, memoryBefore, memoryAfter: server.memory() };
}

async function measureUpload(server: ServerProcess, workload: UploadWorkload): Promise<Sample> {
  const memoryBefore = server.memory();
  const before = server.cpuTime();
  const started = performance.now();
  const { success, stdout, stderr } = await client("upload", server.port, workload.size, "null").output();
  const text = new TextDecoder().decode(stdout).trim();
  if (!success || (text !== String(workload.size) && text !== "counted")) {
    throw new Error(`Cannot measure an upload: ${text} ${new TextDecoder().decode(stderr)}`);
  }
  const cost = (server.cpuTime() - before) / 1e6 / (workload.size / GIBIBYTE);
  const milliseconds = performance.now() - started;
  return {
    cost,
    perSecond: 0,
    p50: milliseconds,
    p99: milliseconds,
    memoryBefore,
    memoryAfter: server.memory(),
  };
}

async function measureIdle(server: ServerProcess, workload: IdleWorkload): Promise<Sample> {
  const memoryBefore = server.memory();
  const holder = client("idle", server.port, workload.connections, "piped").spawn();
  const errors = new Response(holder.stderr).text();
  const lines = holder.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { done } = await lines.read();
  if (done) throw new Error(`Cannot measure idle connections: ${await errors}`);
  await new Promise((resolve) => setTimeout(resolve, SETTLE));
  const memoryAfter = server.memory();
  await holder.stdin.close();
  await lines.cancel();
  await holder.status;
  await errors;
  const cost = (memoryAfter - memoryBefore) / workload.connections;
  return { cost, perSecond: 0, p50: 0, p99: 0, memoryBefore, memoryAfter };
}

function client(name: string, port: number, amount: number, stdin: "null" | "piped"): Deno.Command {
  const file = new URL(`clients/${name}.ts`, import.meta.url).pathname;
  const [program, ...args] = pinned(LOAD_CORE, [Deno.execPath(), "run", "-A", "--quiet", "--no-lock", file]);
  return new Deno.Command(program!, {
    args: [...args, String(port), String(amount)],
    stdin,
    stdout: "piped",
    stderr: "piped",
  });
}
