import process from "node:process";
import type { Listening } from "../../mod.ts";

/** Prints the port of an example, and closes the server when standard input ends. */
export function run(listening: Listening): void {
  console.log(JSON.stringify(listening.address));
  process.stdin.resume();
  process.stdin.on("end", () => listening.close());
}
