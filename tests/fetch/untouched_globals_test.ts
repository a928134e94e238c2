import { assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { type Runtime, runtimes } from "../support/runtimes.ts";

/** Runs a program to its end; what it printed as JSON. */
async function run(runtime: Runtime, script: string, ...args: string[]): Promise<unknown> {
  const [command, ...before] = runtime.command;
  const { stdout, stderr } = await new Deno.Command(command!, {
    args: [...before, fileURLToPath(new URL(script, import.meta.url)), ...args],
    stdin: "null",
  }).output();
  assertEquals(new TextDecoder().decode(stderr), "");
  return JSON.parse(new TextDecoder().decode(stdout));
}

/**
 * The globals that a runtime's Fetch API lacks something in: its requests take no lazy ones, its responses no
 * look.
 */
const CHANGED_BY_ADAPT_FETCH: Readonly<Record<string, readonly string[]>> = {
  deno: [],
  bun: ["Request", "Response", "fetch"],
  node22: ["Response"],
  node24: ["Request", "Response", "fetch"],
  node26: ["Request", "Response", "fetch"],
};

for (const runtime of runtimes()) {
  Deno.test(`on ${runtime.name} a program without fetchHandler() keeps its Fetch unloaded`, async () => {
    assertEquals(await run(runtime, "./untouched_globals.ts"), { changed: [], loaded: [] });
  });

  Deno.test(`on ${runtime.name} fetchHandler() changes no global where it is told not to, and adaptFetch() does once`, async () => {
    const replaced = CHANGED_BY_ADAPT_FETCH[runtime.name]!;
    assertEquals(await run(runtime, "./adapt_program.ts"), {
      refused: "done",
      changedByRefused: [],
      adapted: ["done", "done"],
      changedByAdapted: replaced,
      changedAgain: [],
    });
  });

  Deno.test(`on ${runtime.name} frozen globals stay as they are, and adaptFetch() says so`, async () => {
    const [first] = CHANGED_BY_ADAPT_FETCH[runtime.name]!;
    const adapted = first === undefined
      ? "done"
      : `TypeError: Cannot adapt the globals: ${first} is frozen (serve with adaptGlobals: false)`;
    assertEquals(await run(runtime, "./adapt_program.ts", "frozen"), {
      refused: "done",
      changedByRefused: [],
      adapted: [adapted, adapted],
      changedByAdapted: [],
      changedAgain: [],
    });
  });
}
