/**
 * Reads command lines under whichever runtime runs this file: the argument is JSON, a list of them. It prints as JSON what
 * was thrown for each.
 */
import process from "node:process";
import { readCommandLine } from "../../src/cli/command_line.ts";
import { loadHost } from "../../src/cli/host.ts";

const { util } = await loadHost();

function errorOf(args: readonly string[]): string {
  try {
    readCommandLine(args, util);
    return "none";
  } catch (error) {
    return String(error);
  }
}

console.log(JSON.stringify((JSON.parse(process.argv[2] ?? "[]") as string[][]).map(errorOf)));
