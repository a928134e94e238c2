import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { fileURLToPath } from "node:url";
import { formatMetrics } from "../../src/observe/exposition.ts";
import { blockOf, DURATION_BOUNDS, metricsMemory } from "../../src/observe/metrics_memory.ts";
import { countResponse, responseMetrics } from "../../src/observe/response_metrics.ts";
import { runtimes } from "../support/runtimes.ts";
import { parseMetrics as parse } from "./parsed_metrics.ts";
import { HEADLESS, record } from "./record.ts";

Deno.test("responseMetrics() counts responses by method and class over all threads", () => {
  const memory = metricsMemory(3);
  const blocks = [0, 1, 2].map((thread) => blockOf(memory, thread));
  for (const [i, block] of blocks.entries()) for (let n = 0; n <= i; n++) countResponse(block, record());
  countResponse(blocks[0]!, record({ method: "BREW", status: 418 }));
  countResponse(blocks[1]!, record({ method: "PURGE", status: 418, error: new Error("x") }));
  countResponse(blocks[2]!, record({ ...HEADLESS, aborted: true, error: null }));
  countResponse(blocks[2]!, record({ method: "constructor", status: 0 }));
  const metrics = parse(formatMetrics(responseMetrics(memory)));
  assertEquals(metrics["handoff_responses_total"], [
    { labels: { method: "GET", class: "2xx" }, value: "6" },
    { labels: { method: "other", class: "none" }, value: "1" },
    { labels: { method: "other", class: "4xx" }, value: "2" },
    { labels: { method: "none", class: "4xx" }, value: "1" },
  ]);
  assertEquals(metrics["handoff_request_content_bytes_total"], [{ value: `${10 * 90}` }]);
  assertEquals(metrics["handoff_response_content_bytes_total"], [{ value: `${10 * 2326}` }]);
  assertEquals(metrics["handoff_aborted_responses_total"], [{ value: "1" }]);
  assertEquals(metrics["handoff_failed_responses_total"], [{ value: "2" }]);
});

Deno.test("responseMetrics() has durations as a cumulative histogram in seconds", () => {
  const memory = metricsMemory(2);
  const durations = [0, 5, 5.1, 99, 100, 1000, 9999, 10_001, 500_000];
  for (const [i, duration] of durations.entries()) {
    countResponse(blockOf(memory, i % 2), record({ duration }));
  }
  const [histogram, ...others] = parse(
    formatMetrics(responseMetrics(memory)),
  )["handoff_response_duration_seconds"]!;
  assertEquals(others, []);
  assertEquals(histogram!.count, "9");
  assertAlmostEquals(Number(histogram!.sum), durations.reduce((sum, duration) => sum + duration) / 1000);
  const within = (bound: number) => `${durations.filter((duration) => duration / 1000 <= bound).length}`;
  assertEquals(
    histogram!.buckets,
    Object.fromEntries([...DURATION_BOUNDS.map((bound) => [`${bound}`, within(bound)]), ["+Inf", "9"]]),
  );
});

Deno.test("responseMetrics() of an untouched memory has no labels, and the counters at 0", () => {
  const metrics = parse(formatMetrics(responseMetrics(metricsMemory(1))));
  assertEquals(metrics["handoff_responses_total"], []);
  assertEquals(metrics["handoff_response_content_bytes_total"], [{ value: "0" }]);
});

Deno.test("blockOf() throws on a thread that the memory does not have", () => {
  const memory = metricsMemory(2);
  for (const thread of [2, -1, 0.5, NaN]) {
    assertThrows(() => blockOf(memory, thread), RangeError, "the memory has 2 threads");
  }
});

for (const runtime of runtimes()) {
  Deno.test(`responseMetrics() sums what threads count at the same time, and never goes back (${runtime.name})`, async () => {
    const count = 100_000;
    const [command, ...before] = runtime.command;
    const script = fileURLToPath(new URL("./counting_program.ts", import.meta.url));
    const { stdout, stderr } = await new Deno.Command(command!, {
      args: [...before, script, `${count}`],
      stdin: "null",
      signal: AbortSignal.timeout(30_000),
    }).output();
    assertEquals(new TextDecoder().decode(stderr), "");
    const { text, steps, backwards } = JSON.parse(new TextDecoder().decode(stdout));
    const metrics = parse(text);
    assertEquals(metrics["handoff_responses_total"]![0]?.value, `${2 * count}`);
    assertEquals(metrics["handoff_response_content_bytes_total"], [{ value: `${2 * count * 2326}` }]);
    assert(steps > 1, "It was read while it was counted");
    assertEquals(backwards, 0);
  });
}
