/**
 * Reads command lines under whichever runtime runs this file: the argument is JSON, a list of pairs of
 * arguments and environment. It prints as JSON what was thrown for each, or what was read.
 */
import process from "node:process";
import { readCommandLine } from "../../src/cli/command_line.ts";
import { loadHost } from "../../src/cli/host.ts";

const { util } = await loadHost();

function outcomeOf([args, env]: readonly [string[], Record<string, string>]): unknown {
  try {
    return readCommandLine(args, util, env);
  } catch (error) {
    return String(error);
  }
}

const lines = JSON.parse(process.argv[2] ?? "[]") as [string[], Record<string, string>][];
// JSON has no Infinity.
console.log(JSON.stringify(lines.map(outcomeOf), (_, value) => value === Infinity ? "Infinity" : value));
