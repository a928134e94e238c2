import { assert, assertEquals, assertMatch } from "@std/assert";
import { runtimes } from "../support/runtimes.ts";
import { runProgram } from "./program.ts";
import { waysOf } from "./ways.ts";

for (const runtime of runtimes()) {
  for (const way of waysOf(runtime)) {
    Deno.test(`a single-file program runs on every core (${runtime.name}, ${way})`, async () => {
      const script = new URL("./joined_program.ts", import.meta.url);
      const { code, lines, stderr } = await runProgram(runtime, script, [way, "2"]);
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

  Deno.test(`earlier calls of a single-file program come to the same on every thread (${runtime.name})`, async () => {
    const script = new URL("./replayed_program.ts", import.meta.url);
    const { code, lines: [first, other], stderr } = await runProgram(runtime, script);
    assertEquals([code, stderr], [0, ""]);
    assertMatch(first!, /"threads":1,"accept":"single".*"is":true,"name":"ListenError".*"EADDRINUSE"/);
    assertEquals(other, first);
  });
}

/** Programs whose threads do not come to the call, and since when that is waited for. */
const LOST: Readonly<Record<string, RegExp>> = {
  "unjoined_program.ts": /within 2 seconds of its end$/,
  "straying_program.ts":
    /within 2 seconds of its call for \{.*"port":1\}, which its first thread had not made$/,
};

Deno.test("a program whose threads do not reach the handle call is told so", async (t) => {
  // Each waits for 2 seconds: all at once.
  const runs = runtimes().flatMap((runtime) =>
    Object.entries(LOST).map(([name, since]) => {
      return { runtime, name, since, run: runProgram(runtime, new URL(name, import.meta.url)) };
    })
  );
  for (const { runtime, name, since, run } of runs) {
    await t.step(`${name} (${runtime.name})`, async () => {
      const { code, lines, stderr } = await run;
      assertEquals([code, stderr, lines.length], [0, "", 1]);
      const { error } = JSON.parse(lines[0]!);
      assertMatch(error, since);
      assert(error.startsWith("Error: Cannot join the server: "), error);
    });
  }
});
