import { assertEquals } from "@std/assert";
import { runtimes } from "../support/runtimes.ts";
import { runProgram } from "./program.ts";
import type { Check } from "./check.ts";
import { waysOf } from "./ways.ts";

/** Registers the checks of one suite of `startup_program.ts`, for every runtime and way. */
export function registerChecks(suite: "startup" | "examples", checks: readonly Check[]): void {
  for (const runtime of runtimes()) {
    for (const way of waysOf(runtime)) {
      // "dispatch" is there on every runtime: what is the same in all ways is checked with it.
      const all = way === "dispatch" ? ["all"] : [];
      Deno.test(`threads: ${suite} (${runtime.name}, ${way})`, async (t) => {
        const script = new URL("./startup_program.ts", import.meta.url);
        const { code, lines, stderr } = await runProgram(runtime, script, [suite, way, ...all]);
        const results = lines.map((line) => JSON.parse(line) as { name: string; error?: string });
        for (const { name, anyWay = false } of checks) {
          if (anyWay && way !== "dispatch") continue;
          await t.step(name, () => {
            const result = results.find((result) => result.name === name);
            if (result === undefined) throw new Error(`It was not reached: ${stderr}`);
            if (result.error !== undefined) throw new Error(result.error);
          });
        }
        await t.step("the program ends by itself", () => assertEquals([code, stderr], [0, ""]));
      });
    }
  }
}
