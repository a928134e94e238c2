import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { fileURLToPath } from "node:url";
import parsePrometheus from "npm:parse-prometheus-text-format@1.1.1";
import { formatMetrics } from "../../src/observe/exposition.ts";
import {
  createMetricsMemory,
  DURATION_BUCKETS,
  ResponseMeter,
  responseMetrics,
} from "../../src/observe/response_metrics.ts";
import { runtimes } from "../support/runtimes.ts";
import { HEADLESS, record } from "./record.ts";

interface ParsedMetric {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value?: string;
  readonly buckets?: Readonly<Record<string, string>>;
  readonly count?: string;
  readonly sum?: string;
}

function parse(text: string): Readonly<Record<string, readonly ParsedMetric[]>> {
  const families =
    (parsePrometheus as unknown as (text: string) => { name: string; metrics: ParsedMetric[] }[])(
      text,
    );
  return Object.fromEntries(families.map(({ name, metrics }) => [name, metrics]));
}

Deno.test("responseMetrics() counts responses by method and class over all threads", () => {
  const memory = createMetricsMemory(3);
  const meters = [0, 1, 2].map((thread) => new ResponseMeter(memory, thread));
  for (const [i, meter] of meters.entries()) for (let n = 0; n <= i; n++) meter.count(record());
  meters[0]!.count(record({ method: "BREW", status: 418 }));
  meters[1]!.count(record({ method: "PURGE", status: 418, error: new Error("x") }));
  meters[2]!.count(record({ ...HEADLESS, aborted: true, error: null }));
  meters[2]!.count(record({ method: "constructor", status: 999 }));
  const metrics = parse(formatMetrics(responseMetrics(memory)));
  assertEquals(metrics["handoff_responses_total"], [
    { labels: { method: "GET", class: "2xx" }, value: "6" },
    { labels: { method: "other", class: "4xx" }, value: "2" },
    { labels: { method: "other", class: "5xx" }, value: "1" },
    { labels: { method: "none", class: "4xx" }, value: "1" },
  ]);
  assertEquals(metrics["handoff_received_bytes_total"], [{ value: `${10 * 90}` }]);
  assertEquals(metrics["handoff_sent_bytes_total"], [{ value: `${10 * 2326}` }]);
  assertEquals(metrics["handoff_aborted_responses_total"], [{ value: "1" }]);
  assertEquals(metrics["handoff_failed_responses_total"], [{ value: "2" }]);
});

Deno.test("responseMetrics() has durations as a cumulative histogram in seconds", () => {
  const memory = createMetricsMemory(2);
  const durations = [0, 5, 5.1, 99, 100, 1000, 9999, 10_001, 500_000];
  for (const [i, duration] of durations.entries()) {
    new ResponseMeter(memory, i % 2).count(record({ duration }));
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
    Object.fromEntries([...DURATION_BUCKETS.map((bound) => [`${bound}`, within(bound)]), ["+Inf", "9"]]),
  );
});

Deno.test("responseMetrics() of an untouched memory has no labels, and the counters at 0", () => {
  const metrics = parse(formatMetrics(responseMetrics(createMetricsMemory(1))));
  assertEquals(metrics["handoff_responses_total"], []);
  assertEquals(metrics["handoff_sent_bytes_total"], [{ value: "0" }]);
});

Deno.test("ResponseMeter throws on a thread that the memory does not have", () => {
  const memory = createMetricsMemory(2);
  for (const thread of [2, -1, 0.5, NaN]) {
    assertThrows(() => new ResponseMeter(memory, thread), RangeError, "the memory has 2 threads");
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
    assertEquals(metrics["handoff_sent_bytes_total"], [{ value: `${2 * count * 2326}` }]);
    assert(steps > 1, "It was read while it was counted");
    assertEquals(backwards, 0);
  });
}
