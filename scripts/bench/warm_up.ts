import { measure } from "./measure.ts";
import type { Packages } from "./packages.ts";
import type { ServerProcess } from "./server_process.ts";
import type { Workload } from "./workloads.ts";

/** Seconds of load, again and again. */
const LOAD = 1;
/** What counts as faster. */
const FASTER = 0.93;
/** No more of them than this. */
const MAX_LOADS = 8;

/** Gives a server load until it becomes no faster, or one upload: its engine has compiled what is hot. */
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
