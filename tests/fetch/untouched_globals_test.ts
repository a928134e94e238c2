import { assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { runtimes } from "../support/runtimes.ts";

for (const runtime of runtimes()) {
  Deno.test(`on ${runtime.name} a program without fetchHandler() keeps its Fetch unloaded`, async () => {
    const [command, ...before] = runtime.command;
    const { stdout, stderr } = await new Deno.Command(command!, {
      args: [...before, fileURLToPath(new URL("./untouched_globals.ts", import.meta.url))],
      stdin: "null",
    }).output();
    assertEquals(new TextDecoder().decode(stderr), "");
    assertEquals(JSON.parse(new TextDecoder().decode(stdout)), { changed: [], loaded: [] });
  });
}
