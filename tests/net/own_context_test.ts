import { assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { runtimes } from "../support/runtimes.ts";

const PROGRAM = fileURLToPath(new URL("./own_context_program.ts", import.meta.url));

for (const { name, command: [program, ...before] } of runtimes()) {
  Deno.test(`ownContext() calls with its owner's context, whatever a call entered (${name})`, async () => {
    const { stdout, stderr } = await new Deno.Command(program!, { args: [...before, PROGRAM] }).output();
    const decoder = new TextDecoder();
    assertEquals(decoder.decode(stderr), "");
    assertEquals(JSON.parse(decoder.decode(stdout)), {
      first: "owner's",
      second: "owner's",
      nested: "owner's",
      "caller after calls": "caller's",
      asynchronous: "entered in the asynchronous call",
      "from an asynchronous call": "owner's",
      last: "owner's",
    });
  });
}
