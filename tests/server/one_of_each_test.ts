import { assert, assertEquals, assertMatch } from "@std/assert";

const PROGRAM = new URL("./one_of_each_program.ts", import.meta.url);
/** What V8 says when code goes because the last object that it was compiled for has gone. */
const THROWN_AWAY = /SharedFunctionInfo ([^>]*)>.*embedded weak objects cleared/;

/** What the program compiles for objects of which none is kept. */
const OWN: ReadonlySet<string> = new Set(["Passing", "lookAt", "answer"]);

Deno.test("oneOfEach() keeps what V8 compiled for a server while nobody is there", async () => {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--quiet",
      "--v8-flags=--expose-gc,--trace-deopt",
      decodeURIComponent(PROGRAM.pathname),
    ],
    stderr: "inherit",
  }).output();
  const said = new TextDecoder().decode(stdout);
  assertMatch(said, /^quiet after 20000 answers/m);
  const thrownAway = said.split("\n").flatMap((line) => THROWN_AWAY.exec(line)?.[1] ?? []);
  const { own = [], servers = [] } = Object.groupBy(thrownAway, (name) => OWN.has(name) ? "own" : "servers");
  assert(own.length > 0, "the collector was not thorough");
  assertEquals(servers, []);
});
