import type { Report } from "./results.ts";

const COLOURS: Readonly<Record<string, string>> = {
  handoff: "#d9480f",
  native: "#4263eb",
  library: "#868e96",
  nginx: "#2b8a3e",
  floor: "#ced4da",
};

/** Builds the bar chart of a report as a Vega-Lite specification: one small chart for each workload. */
export function barsOf({ tables, date, machine, versions }: Report): object {
  const about = [
    Object.values(machine).join(", "),
    Object.entries(versions).map(([name, version]) => `${name} ${version}`).join(", "),
    `${date.slice(0, 10)}; lower is better; lines from the smallest to the largest of the rounds`,
  ];
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    background: "white",
    title: { text: "What a server costs", subtitle: about, anchor: "start" },
    columns: 2,
    spacing: 30,
    concat: tables.map(({ title, unit, results }) => {
      const values = results.map((result) => ({
        candidate: result.candidate,
        kind: result.kind,
        cost: result.cost,
        least: Math.min(...result.samples.map((sample) => sample.cost)),
        most: Math.max(...result.samples.map((sample) => sample.cost)),
      }));
      const y = { field: "candidate", type: "nominal", sort: null, title: null };
      return {
        title: { text: title, anchor: "start" },
        width: 320,
        height: { step: 16 },
        data: { values },
        encoding: { y },
        layer: [
          {
            mark: { type: "bar" },
            encoding: {
              x: { field: "cost", type: "quantitative", title: unit },
              color: {
                field: "kind",
                type: "nominal",
                title: null,
                scale: { domain: Object.keys(COLOURS), range: Object.values(COLOURS) },
              },
            },
          },
          {
            mark: { type: "rule", color: "black" },
            encoding: { x: { field: "least", type: "quantitative" }, x2: { field: "most" } },
          },
          {
            mark: { type: "text", align: "left", dx: 6 },
            encoding: {
              x: { field: "most", type: "quantitative" },
              text: { field: "cost", type: "quantitative", format: ".3~s" },
            },
          },
        ],
      };
    }),
  };
}
