import { assertEquals } from "@std/assert";
import { runtimes } from "../support/runtimes.ts";
import { runProgram } from "./program.ts";

for (const runtime of runtimes()) {
  Deno.test(`Server.handle() rejects with an error that nobody catches while the module loads (${runtime.name})`, async () => {
    const script = new URL("./uncaught_program.ts", import.meta.url);
    // Deno writes the error to standard error besides.
    const { code, lines } = await runProgram(runtime, script);
    assertEquals(lines.map((line) => JSON.parse(line)), [
      [true, "DataError", "thrown while the module loads", 0],
      [false, "TypeError", "rejected while the module loads", "E_OWN"],
    ]);
    assertEquals(code, 0);
  });
}
