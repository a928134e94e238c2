/** The short form of `deno task faults`: each fault, on one thread and under `"dispatch"`. */
import { ownFaults, sharedFaults } from "../../scripts/faults/faults.ts";
import { runtimes } from "../support/runtimes.ts";
import { testUnless } from "../support/skip.ts";

const NOT_LINUX = Deno.build.os !== "linux" &&
  "only Linux has /proc, SIGSTOP and limits that a shell can set";

for (const runtime of runtimes()) {
  for (const way of ["single", "dispatch"] as const) {
    Deno.test(`a server survives mistakes of handlers and resets of clients (${way}, ${runtime.name})`, async () => {
      const faults = way === "single"
        ? sharedFaults(runtime, 1, undefined)
        : sharedFaults(runtime, 2, "dispatch");
      for await (const { fault, ok, text } of faults) {
        if (!ok) throw new Error(`${fault}: ${text}`);
      }
    });
  }
  for (const [fault, run] of Object.entries(ownFaults("short"))) {
    testUnless(NOT_LINUX, `a server survives that ${fault} (${runtime.name})`, async () => {
      await run(runtime);
    });
  }
}
