import type { AcceptWay } from "../../mod.ts";
import type { Runtime } from "../support/runtimes.ts";

/** A way to share connections between threads. */
export type Way = Exclude<AcceptWay, "single">;

/**
 * The ways that a runtime has here, written down once more: the library's own list is under test. The Nodes
 * are the newest of their major version.
 */
export function waysOf({ name }: Runtime): Way[] {
  const ways: Way[] = ["dispatch"];
  if (name === "node24" || name === "node26") ways.unshift("transfer");
  if (Deno.build.os === "linux") ways.unshift("reusePort");
  return ways;
}
