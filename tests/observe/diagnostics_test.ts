import { assert, assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { ERROR, REQUEST_START, RESPONSE_END } from "../../src/server/diagnostics.ts";
import { type Runtime, runtimes } from "../support/runtimes.ts";
import { waysOf } from "../threads/ways.ts";

const README = new URL("../../src/observe/README.md", import.meta.url);

/** Runs a program; what it prints. */
async function run(runtime: Runtime, name: string, ...args: string[]): Promise<unknown> {
  const [command, ...before] = runtime.command;
  const script = fileURLToPath(new URL(name, import.meta.url));
  const { stdout, stderr, code } = await new Deno.Command(command!, {
    args: [...before, script, ...args],
    stdin: "null",
    signal: AbortSignal.timeout(60_000),
  }).output();
  assertEquals([new TextDecoder().decode(stderr), code], ["", 0]);
  return JSON.parse(new TextDecoder().decode(stdout));
}

for (const runtime of runtimes()) {
  Deno.test(`a server publishes requests, responses and errors on its channels (${runtime.name})`, async () => {
    const start = (target: string) => ["handoff.request.start", target, false, true, null, null, true];
    const end = (target: string | null, status: number) => [
      "handoff.response.end",
      ...[target, false, true, status, false],
      target !== null,
    ];
    assertEquals(await run(runtime, "diagnostics_program.ts"), {
      answers: [[null, null], ["store of /watched", "store of /watched"], 500, [null, null]],
      told: [
        start("/watched"),
        end("/watched", 200),
        start("/fails"),
        ["handoff.error", "It fails", "/fails"],
        end("/fails", 500),
        end(null, 400),
      ],
      inError: ["store of /fails"],
    });
  });

  for (const way of waysOf(runtime)) {
    Deno.test(`the thread of a handler publishes its requests (${way}, ${runtime.name})`, async () => {
      const answers = await run(runtime, "diagnostics_threads_program.ts", way) as {
        readonly store: string;
        readonly ended: readonly string[];
      }[];
      assertEquals(answers.map(({ store }) => store), ["/0", "/1", "/2", "/3", "/4", "/5"]);
      const ended = answers.flatMap(({ ended }) => ended);
      assert(ended.length > 0, "No thread was told of a response");
      assertEquals(ended.filter((line) => !/^\/\d 200$/.test(line)), []);
    });
  }
}

Deno.test("README.md of src/observe lists each channel", () => {
  const [, table = ""] = Deno.readTextFileSync(README).split(/<!-- \/?channels -->/);
  const names = Array.from(table.matchAll(/^\| `([\w.]+)`/gm), ([, name]) => name);
  const channels = [REQUEST_START, RESPONSE_END, ERROR] as unknown as { name: string }[];
  assertEquals(names, channels.map(({ name }) => name));
});
