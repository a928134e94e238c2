import { assert, assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { runtimes } from "../support/runtimes.ts";

for (const runtime of runtimes()) {
  Deno.test(`on ${runtime.name} a Response is what it was before adaptFetch()`, async () => {
    const [command, ...before] = runtime.command;
    const { success, stdout, stderr } = await new Deno.Command(command!, {
      args: [...before, fileURLToPath(new URL("./response_parity.ts", import.meta.url))],
      stdin: "null",
    }).output();
    assert(success, new TextDecoder().decode(stderr));
    const { replaced, compared, differences } = JSON.parse(new TextDecoder().decode(stdout));
    assertEquals(differences, []);
    assert(compared > 500, `${compared} were compared`);
    assertEquals(replaced, runtime.name !== "deno");
  });
}
