import { drawChart } from "./chart.ts";

/**
 * Writes a report beside this file as JSON, and a chart as SVG, in the formatting of `deno fmt`.
 *
 * @param name Name of the files, without `.json` and `.svg`.
 * @param chart Specification of the chart, if any.
 */
export async function writeReport(name: string, report: object, chart?: object): Promise<void> {
  const path = (end: string) => new URL(name + end, import.meta.url).pathname;
  await Deno.writeTextFile(path(".json"), JSON.stringify(report, null, 2));
  if (chart !== undefined) await Deno.writeTextFile(path(".svg"), await drawChart(chart));
  const files = [".json", ...(chart === undefined ? [] : [".svg"])].map(path);
  await new Deno.Command(Deno.execPath(), { args: ["fmt", "--quiet", ...files], stdin: "null" }).output();
}
