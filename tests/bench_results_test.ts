/** What scripts/bench/README.md says about where Handoff stands is what was measured last. */
import type { Report } from "../scripts/bench/results.ts";
import { type Reference, standingOf } from "../scripts/bench/standing.ts";
import { assertTable } from "./support/readme_table.ts";

const BENCH = new URL("../scripts/bench/", import.meta.url);
const REFERENCES: readonly Reference[] = ["native", "floor", "nginx"];

for (const reference of REFERENCES) {
  Deno.test(`scripts/bench/README.md: the table "${reference}" is that of results.json`, async () => {
    const report = JSON.parse(await Deno.readTextFile(new URL("results.json", BENCH))) as Report;
    assertTable(new URL("README.md", BENCH), reference, standingOf(report, reference));
  });
}
