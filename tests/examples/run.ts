import process from "node:process";
import type { Listening } from "../../mod.ts";

/** Prints where an example listens, and closes it when standard input ends. */
export function run(listening: Listening): void {
  console.log(JSON.stringify(listening.address));
  process.stdin.resume();
  process.stdin.on("end", () => listening.close());
}
