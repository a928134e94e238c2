/** What scripts/bench/README.md says about where Handoff stands is what was measured last. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { LAYERS, sharesOf } from "../scripts/bench/layers.ts";
import type { ProfileReport } from "../scripts/bench/profile.ts";
import { profileTable } from "../scripts/bench/profile_table.ts";
import type { Report } from "../scripts/bench/results.ts";
import { type Reference, standingOf } from "../scripts/bench/standing.ts";
import { assertTable } from "./support/readme_table.ts";

const BENCH = new URL("../scripts/bench/", import.meta.url);
const REFERENCES: readonly Reference[] = ["native", "floor", "nginx"];

async function report<T>(name: string): Promise<T> {
  return JSON.parse(await Deno.readTextFile(new URL(`${name}.json`, BENCH))) as T;
}

for (const reference of REFERENCES) {
  Deno.test(`scripts/bench/README.md: the table "${reference}" is that of results.json`, async () => {
    assertTable(
      new URL("README.md", BENCH),
      reference,
      standingOf(await report<Report>("results"), reference),
    );
  });
}

for (const runtime of ["bun", "node26", "deno"]) {
  Deno.test(`scripts/bench/README.md: the table "${runtime}" is that of profile.json`, async () => {
    const rows = profileTable(await report<ProfileReport>("profile"), runtime);
    assert(rows.length > 1, "profile.json has nothing of it");
    assertTable(new URL("README.md", BENCH), runtime, rows);
  });
}

Deno.test("scripts/bench: samples are counted by where they lie", () => {
  const samples = `
    ffffffff81c3a1b0 _copy_to_iter ([kernel.kallsyms])
        7ffd8a5e16a2 __vdso_clock_gettime ([vdso])
        7f1d0c3a21f0 __memmove_avx512_unaligned_erms (/usr/lib/x86_64-linux-gnu/libc.so.6)
        55d0a1b2c3d4 [unknown] (/opt/deno)
        7fdaabc1ac45 Builtin:LoadIC (/tmp/perf-12.map)
        7fdaabc1ac57 JS:*read ext:core/01_core.js:1:2 (/tmp/perf-12.map)
        7fdaabc1ac69 JS:*onread node:internal/stream_base_commons:167:22 (/tmp/perf-12.map)
        7fdaabc1ac76 JS:*#advance file:///srv/src/server/connection.ts:238:11 (/tmp/perf-12.map)
        7fdaabc1ac7b JS:^get (a b) file:///srv/handler.ts:1:1 (/tmp/perf-12.map)
        7fdaabc1ac8c [unknown] ([JIT] tid 12)
    ffffffff81000000 [unknown] ([unknown])
        7fdaabc1ac9d JS:wasm-function[0]-0-turbofan ([JIT] tid 12)
`;
  const shares = sharesOf(samples, "deno");
  assertEquals(LAYERS.map((layer) => Math.round(shares[layer] * 12)), [3, 1, 2, 2, 4]);
  assertThrows(() => sharesOf("\n", "deno"), Error, "there is not one sample");
  assertThrows(
    () => sharesOf("55d0a1b2c3d4 main (/opt/deno)", "deno"),
    Error,
    "not allowed to see the system",
  );
});
