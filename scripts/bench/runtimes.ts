import { type Runtime, runtimes } from "../../tests/support/runtimes.ts";

let found: readonly Runtime[] | undefined;

/** Finds a supported runtime by name, and downloads it on first use if necessary. */
export function runtimeNamed(name: string): Runtime {
  found ??= runtimes();
  const runtime = found.find((runtime) => runtime.name === name);
  if (runtime === undefined) {
    throw new Error(`Cannot bench on ${name}: it is not among the runtimes of the tests`);
  }
  return runtime;
}

/** The names of the runtimes that Handoff is measured on. */
export const RUNTIME_NAMES = ["deno", "bun", "node22", "node26"] as const;
