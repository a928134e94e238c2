import { drawChart } from "./chart.ts";

/**
 * Writes a report beside this file, as JSON and drawn, in the formatting that the checks ask for.
 *
 * @param name The names of the files, without `.json` and `.svg`.
 */
export async function writeReport(name: string, report: object, chart: object): Promise<void> {
  const files = [`${name}.json`, `${name}.svg`].map((file) => new URL(file, import.meta.url).pathname);
  const [json, svg] = files as [string, string];
  await Deno.writeTextFile(json, JSON.stringify(report, null, 2));
  await Deno.writeTextFile(svg, await drawChart(chart));
  await new Deno.Command(Deno.execPath(), { args: ["fmt", "--quiet", ...files], stdin: "null" }).output();
}
