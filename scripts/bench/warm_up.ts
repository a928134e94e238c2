import { measure } from "./measure.ts";
import type { Packages } from "./packages.ts";
import type { ServerProcess } from "./server_process.ts";
import type { Workload } from "./workloads.ts";

/** Seconds of each period of load. */
const LOAD = 1;
/** Ratio of costs below which a period counts as faster. */
const FASTER = 0.93;
/** Maximum number of periods. */
const MAX_LOADS = 8;

/**
 * Loads a server until it becomes no faster, or with one upload, so that the engine has compiled the hot
 * code.
 */
export async function warmUp(server: ServerProcess, workload: Workload, packages: Packages): Promise<void> {
  if (workload.kind === "idle") return;
  const most = workload.kind === "upload" ? 1 : MAX_LOADS;
  let best = Infinity;
  for (let i = 0; i < most; i++) {
    const { cost } = await measure(server, workload, LOAD, packages);
    if (cost > best * FASTER) return;
    best = cost;
  }
}
