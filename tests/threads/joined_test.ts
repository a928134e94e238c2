import { assert, assertEquals, assertMatch } from "@std/assert";
import { runtimes } from "../support/runtimes.ts";
import { runProgram } from "./program.ts";
import { waysOf } from "./ways.ts";

for (const runtime of runtimes()) {
  for (const way of waysOf(runtime)) {
    Deno.test(`a single-file program runs on every core (${runtime.name}, ${way})`, async () => {
      const script = new URL("./joined_program.ts", import.meta.url);
      const { code, lines, stderr } = await runProgram(runtime, script, [way]);
      assertEquals([code, stderr, lines.length], [0, "", 1]);
      const { threads, accept, answers } = JSON.parse(lines[0]!);
      assertEquals([threads, accept], [2, way]);
      for (const answer of answers) assertMatch(answer, /^other \d+$/);
      assert(answers.includes("other 1"));
    });
  }

  Deno.test(`two servers of a single-file program at the same address keep their handlers (${runtime.name})`, async () => {
    const script = new URL("./same_address_program.ts", import.meta.url);
    const { code, lines, stderr } = await runProgram(runtime, script);
    assertEquals([code, stderr, lines], [0, "", ['["first","second"]']]);
  });

  Deno.test(`a program whose threads do not reach the handle call is told so (${runtime.name})`, async () => {
    const script = new URL("./unjoined_program.ts", import.meta.url);
    const { code, lines, stderr } = await runProgram(runtime, script);
    assertEquals([code, stderr, lines.length], [0, "", 1]);
    const { error } = JSON.parse(lines[0]!);
    assertMatch(
      error,
      /^Error: Cannot join the server: .*unjoined_program\.ts ran to its end without calling handle/,
    );
  });
}
