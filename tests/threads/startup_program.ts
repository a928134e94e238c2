/**
 * Runs checks under whichever runtime runs this file: those that the first argument names, in the way that
 * the second names; with `all` behind it also those that one way is enough for. It prints one line of JSON
 * for each, and then has to end by itself.
 */
import process from "node:process";
import { exampleChecks } from "./example_checks.ts";
import { startupChecks } from "./startup_checks.ts";
import type { Way } from "./ways.ts";

const [, , suite, way, all] = process.argv;

for (const { name, anyWay = false, run } of suite === "examples" ? exampleChecks : startupChecks) {
  if (anyWay && all !== "all") continue;
  try {
    await run(way as Way);
    console.log(JSON.stringify({ name }));
  } catch (error) {
    console.log(JSON.stringify({ name, error: String((error as Error).stack) }));
  }
}
