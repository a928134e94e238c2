import type { Point } from "./growth.ts";

/**
 * Builds the line chart of points as a Vega-Lite specification: one small chart for each dimension, with
 * logarithmic axes.
 */
export function linesOf(
  points: readonly Point[],
  dimensions: readonly { readonly name: string; readonly title: string }[],
): object {
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    background: "white",
    title: { text: "How what a request costs grows", anchor: "start" },
    spacing: 30,
    hconcat: dimensions
      .filter(({ name }) => points.some(({ dimension }) => dimension === name))
      .map(({ name, title }) => ({
        width: 300,
        height: 260,
        data: { values: points.filter(({ dimension }) => dimension === name) },
        encoding: {
          x: { field: "step", type: "quantitative", title, scale: { type: "log" } },
          color: { field: "candidate", type: "nominal", title: null },
        },
        layer: [
          {
            mark: { type: "line", point: true },
            encoding: {
              y: { field: "cost", type: "quantitative", title: "CPU us/request", scale: { type: "log" } },
            },
          },
          {
            mark: { type: "rule", opacity: 0.5 },
            encoding: { y: { field: "least", type: "quantitative" }, y2: { field: "most" } },
          },
        ],
      })),
  };
}
