/**
 * Faults of handlers, clients and the machine, on each runtime. After each nothing is unhandled, no
 * connection is open, and the next request is answered. Needs Linux; ends with 1 where a fault did harm.
 *
 *     deno task faults                  everything, with a standstill of 70 s
 *     deno task faults loops "reset"    faults whose names contain one of the words
 *     deno task faults --short          a standstill of 1.5 s
 *     deno task faults --accept=single  one way to share connections alone
 *
 * `HANDOFF_RUNTIMES=deno,bun` narrows the runtimes.
 */
import { type Runtime, runtimes } from "../tests/support/runtimes.ts";
import { waysOf } from "../tests/threads/ways.ts";
import { type FaultResult, ownFaults, SHARED_FAULTS, sharedFaults } from "./faults/faults.ts";

const words = Deno.args.filter((arg) => !arg.startsWith("--"));
const length = Deno.args.includes("--short") ? "short" : "long";
const only = Deno.args.find((arg) => arg.startsWith("--accept="))?.slice("--accept=".length);

function isWanted(fault: string): boolean {
  return words.length === 0 || words.some((word) => fault.includes(word));
}

function print(runtime: Runtime, way: string, { fault, ok, text }: FaultResult): void {
  console.log(
    [runtime.name.padEnd(6), way.padEnd(9), ok ? "ok    " : "FAILED", `${fault}: ${text}`].join("  "),
  );
  if (!ok) Deno.exitCode = 1;
}

async function attempt(fault: string, work: Promise<string>): Promise<FaultResult> {
  try {
    return { fault, ok: true, text: await work };
  } catch (error) {
    return { fault, ok: false, text: String(error) };
  }
}

for (const runtime of runtimes()) {
  const shared = Object.keys(SHARED_FAULTS).filter(isWanted);
  const ways = (["single", ...waysOf(runtime)] as const).filter((way) => only === undefined || way === only);
  for (const way of shared.length === 0 ? [] : ways) {
    const faults = way === "single"
      ? sharedFaults(runtime, 1, undefined, shared)
      : sharedFaults(runtime, 2, way, shared);
    for await (const result of faults) print(runtime, way, result);
  }
  if (only !== undefined && only !== "single") continue;
  for (const [fault, run] of Object.entries(ownFaults(length)).filter(([name]) => isWanted(name))) {
    print(runtime, "single", await attempt(fault, run(runtime)));
  }
}
