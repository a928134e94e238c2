import { assert, assertEquals } from "@std/assert";
import { plot } from "../../scripts/soak/plot.ts";
import type { Sample } from "../../scripts/soak/sample.ts";
import { soak } from "../../scripts/soak/soak.ts";
import { growth, judge, median } from "../../scripts/soak/verdict.ts";
import { WORKLOADS } from "../../scripts/soak/workloads.ts";
import { runtimes } from "../support/runtimes.ts";
import { testUnless } from "../support/skip.ts";

const MIB = 1024 * 1024;

function sample(differences: Partial<Sample> = {}): Sample {
  return {
    time: 1,
    memory: 100 * MIB,
    descriptors: 20,
    open: 0,
    accepted: 10,
    requests: 100,
    restarts: 0,
    heap: 10 * MIB,
    errors: {},
    unhandled: [],
    ...differences,
  };
}

const STEADY = Array.from({ length: 40 }, () => sample());

Deno.test("judge() finds nothing wrong with a steady server", () => {
  const after = sample({ errors: { ConnectionClosedError: 5, HttpError: 1 }, descriptors: 25 });
  assertEquals(judge(STEADY, { before: sample(), after }), []);
});

Deno.test("judge() finds what has grown, is left over, died or was not handled", () => {
  const growing = STEADY.map((sample, i) => ({ ...sample, memory: (100 + 3 * i) * MIB }));
  const before = sample();
  const cases: [readonly Sample[], Partial<Sample>, RegExp][] = [
    [growing, {}, /^memory has grown from 145.0 MiB to 205.0 MiB$/],
    [STEADY.map((sample, i) => ({ ...sample, heap: i * 2 * MIB })), {}, /^heap has grown/],
    [STEADY, { open: 1 }, /^1 connections are open/],
    [STEADY, { descriptors: 29 }, /^29 descriptors/],
    [STEADY, { restarts: 2 }, /^2 threads died$/],
    [STEADY, { unhandled: ["Error: a"] }, /^Unhandled: Error: a$/],
    [STEADY, { errors: { TypeError: 3 } }, /^3 errors .*: TypeError$/],
    [[sample(), sample({ requests: 99 })], {}, /^requests went back$/],
  ];
  for (const [samples, differences, expected] of cases) {
    const [wrong = "nothing", ...others] = judge(samples, { before, after: sample(differences) });
    assert(expected.test(wrong), `${wrong} is not ${expected}`);
    assertEquals(others, []);
  }
});

Deno.test("growth() compares the last quarter with the second, so that warming up does not count", () => {
  assertEquals(growth([0, 500, 500, 500].map((value) => value * MIB)), null);
  assertEquals(growth([1, 1, 1, 100].map((value) => value * MIB)), { from: MIB, to: 100 * MIB });
  assertEquals(growth([1, 2, 3]), null);
  assertEquals(median([3, 1, 2]), 2);
});

Deno.test("plot() draws a graph of each value", () => {
  const svg = plot("a <title>", [0, 1, 2].map((time) => sample({ time, requests: 100 * time, open: time })));
  assertEquals(svg.match(/<polyline /g)?.length, 5);
  assert(svg.includes("a &lt;title>") && svg.includes("Requests a second: at most 100.0"), svg);
  assert(!svg.includes("NaN"), svg);
});

const NOT_LINUX = Deno.build.os !== "linux" && "only Linux has /proc";

for (const runtime of runtimes()) {
  testUnless(NOT_LINUX, `a soak of seconds finds nothing wrong (${runtime.name})`, async () => {
    const { tallies, wrong, samples } = await soak(runtime, "single", 3000);
    // Memory still grows in the first seconds of a process.
    assertEquals(wrong.filter((line) => !/^(?:memory|heap) has grown/.test(line)), []);
    assertEquals(Object.keys(tallies), Object.keys(WORKLOADS));
    assert(samples.length > 100, `There are ${samples.length} samples`);
  });
}
