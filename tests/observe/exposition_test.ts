import { assertEquals, assertThrows } from "@std/assert";
import parsePrometheus from "npm:parse-prometheus-text-format@1.1.1";
import { formatMetrics, type MetricFamily } from "../../src/observe/exposition.ts";

/** A metric as the parser of npm reads it. */
export interface ParsedFamily {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly metrics: readonly Readonly<Record<string, unknown>>[];
}

const parse = parsePrometheus as unknown as (text: string) => ParsedFamily[];

Deno.test("formatMetrics() writes what a parser of Prometheus' format reads", () => {
  const families: MetricFamily[] = [
    { name: "a_total", help: "Things.", type: "counter", samples: [{ value: 1.5e21 }] },
    {
      name: "b",
      help: "With \\ and\na line break.",
      type: "gauge",
      samples: [
        { labels: { path: 'C:\\DIR\\"FILE.TXT"', text: "two\nlines" }, value: -0.25 },
        { labels: { path: "é€" }, value: Infinity },
        { labels: { path: "{},=" }, value: -Infinity },
        { labels: { path: "" }, value: NaN },
      ],
    },
  ];
  assertEquals(parse(formatMetrics(families)), [
    { name: "a_total", help: "Things.", type: "COUNTER", metrics: [{ value: "1.5e+21" }] },
    {
      name: "b",
      help: "With \\ and\na line break.",
      type: "GAUGE",
      metrics: [
        { labels: { path: 'C:\\DIR\\"FILE.TXT"', text: "two\nlines" }, value: "-0.25" },
        { labels: { path: "é€" }, value: "+Inf" },
        { labels: { path: "{},=" }, value: "-Inf" },
        { labels: { path: "" }, value: "NaN" },
      ],
    },
  ]);
});

Deno.test("formatMetrics() ends every line, and has one for a metric without samples", () => {
  assertEquals(
    formatMetrics([{ name: "a", help: "A.", type: "gauge", samples: [] }]),
    "# HELP a A.\n# TYPE a gauge\n",
  );
  assertEquals(formatMetrics([]), "");
});

Deno.test("formatMetrics() throws on names that are not allowed, or there twice", () => {
  const family = (name: string, label = "l"): MetricFamily => ({
    name,
    help: "",
    type: "gauge",
    samples: [{ labels: { [label]: "" }, value: 0 }],
  });
  for (const name of ["", "1a", "a b", "a-b", "a\n", "ä"]) {
    assertThrows(() => formatMetrics([family(name)]), TypeError);
  }
  for (const label of ["", "1a", "a:b", "__a", 'a"', "a\n"]) {
    assertThrows(() => formatMetrics([family("a", label)]), TypeError);
  }
  assertThrows(() => formatMetrics([family("a"), family("a")]), TypeError, "it is there twice");
});
