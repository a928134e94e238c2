import { assertEquals, assertMatch } from "@std/assert";
import { runtimes } from "../support/runtimes.ts";
import { runProgram } from "../threads/program.ts";
import { Command } from "./command.ts";

const USAGE = '\nTry "handoff --help"\n';
const WAYS = "auto, reusePort, transfer, dispatch";

/** The arguments, and what is wrong with them. */
type Mistake = readonly [args: string[], message: string];

/** Mistakes that stand in the arguments alone. */
const ARGUMENT_MISTAKES: readonly Mistake[] = [
  [["--prot", "80"], "Unknown option --prot"],
  [["-x"], "Unknown option -x"],
  [["--port", "abc"], 'Option --port: "abc" is not a whole number from 0 to 65535'],
  [["--port", "65536"], 'Option --port: "65536" is not a whole number from 0 to 65535'],
  [["--port", "1e3"], 'Option --port: "1e3" is not a whole number from 0 to 65535'],
  [["--port"], "Option --port needs a value"],
  [["--port", "--watch"], "Option --port needs a value"],
  [["--hostname="], "Option --hostname needs a value"],
  [["--threads", "0"], 'Option --threads: "0" is not a whole number from 1 to 1024'],
  [["--threads", "two"], 'Option --threads: "two" is not a whole number from 1 to 1024'],
  [["--accept", "fork"], `Option --accept: "fork" is not one of ${WAYS}`],
  [["--watch=yes", "a.ts"], "Option --watch takes no value"],
  [["--unix", "/tmp/x", "--port", "1"], "Option --unix cannot be used with --port"],
  [["--unix", "/tmp/x", "--hostname", "a"], "Option --unix cannot be used with --hostname"],
  [["a.ts", "b.ts"], "Cannot serve both a.ts and b.ts: one module is served"],
  [["--cert", "a"], "Option --cert needs --key"],
  [["--key", "a"], "Option --key needs --cert"],
  [["--grace", "soon"], 'Option --grace: "soon" is not a number of seconds, or none'],
  [["--delay", "1s"], 'Option --delay: "1s" is not a number of seconds, or none'],
  [["--timeout-idle", "1,5"], 'Option --timeout-idle: "1,5" is not a number of seconds, or none'],
  [
    ["--max-header-size", "32KiB"],
    'Option --max-header-size: "32KiB" is not a whole number such as 500 or 64k, or none',
  ],
  [
    ["--max-header-size", "1.5k"],
    'Option --max-header-size: "1.5k" is not a whole number such as 500 or 64k, or none',
  ],
  [
    ["--max-connections", "0"],
    "Cannot use option limits.maxConnections: 0 is not a whole number of at least 1",
  ],
  [["--quiet=1"], "Option --quiet takes no value"],
];

/** Mistakes, one in the arguments among them, that the whole command is run with: all of standard error. */
const USAGE_MISTAKES: readonly Mistake[] = [
  [["--prot", "80"], "Unknown option --prot"],
  [["--watch"], "Option --watch needs a module to watch"],
  [["no_such_module.ts"], "Cannot find module no_such_module.ts"],
  [["--watch", "no_such_module.ts"], "Cannot find module no_such_module.ts"],
  [["."], "Cannot serve .: it is a directory, not a module"],
  [["http://"], "Cannot serve http://: it is not a URL"],
  [["--watch", "http://x y"], "Cannot serve http://x y: it is not a URL"],
  [["file://elsewhere/%2F"], "Cannot serve file://elsewhere/%2F: it is not the URL of a file here"],
];

/** Modules that cannot be served, and what standard error has to say about it. */
const MODULES: Readonly<Record<string, readonly [text: string, message: RegExp]>> = {
  "without a default export": [
    "export const a = 1;",
    /^handoff: Cannot load handler module \S+module.ts: it has no default export; /,
  ],
  "with another default export": [
    "export default 5;",
    /^handoff: Cannot load handler module \S+module.ts: .* number; expected a function, /,
  ],
  "that throws": [
    'throw new RangeError("broken module");',
    /^handoff: Cannot serve module\.ts: [^]*broken module[^]*module\.ts/,
  ],
  "that does not parse": ["export default {", /^handoff: Cannot serve module\.ts: /],
  "that imports what is not there": [
    'import "./missing.ts";',
    /^handoff: Cannot serve module\.ts: [^]*missing\.ts/,
  ],
};

for (const runtime of runtimes()) {
  Deno.test(`handoff on ${runtime.name} has a word for each mistake`, async (t) => {
    const folder = await Deno.makeTempDir();
    const run = async (...args: string[]) => {
      await using command = new Command(runtime, args, { cwd: folder });
      return await command.end();
    };
    // A process for each would take a minute.
    const program = new URL("./arguments_program.ts", import.meta.url);
    const vectors = JSON.stringify(ARGUMENT_MISTAKES.map(([args]) => [args, {}]));
    const { lines: [errors = ""], stderr } = await runProgram(runtime, program, [vectors]);
    for (const [index, [args, message]] of ARGUMENT_MISTAKES.entries()) {
      await t.step(args.join(" "), () => {
        assertEquals(JSON.parse(errors)[index], `UsageError: ${message}`, stderr);
      });
    }
    const ended = await Promise.all(USAGE_MISTAKES.map(([args]) => run(...args)));
    for (const [index, [args, message]] of USAGE_MISTAKES.entries()) {
      await t.step(`handoff ${args.join(" ")}`, () => {
        assertEquals(ended[index], { code: 2, stdout: "", stderr: `handoff: ${message}${USAGE}` });
      });
    }
    for (const [name, [text, message]] of Object.entries(MODULES)) {
      for (const threads of ["1", "2"]) {
        await t.step(`a module ${name}, threads: ${threads}`, async () => {
          await Deno.writeTextFile(`${folder}/module.ts`, text);
          const { code, stdout, stderr } = await run("module.ts", "--port", "0", "--threads", threads);
          assertEquals([code, stdout], [1, ""]);
          assertMatch(stderr, message);
        });
      }
    }
    await t.step("a port that is taken", async () => {
      using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      const { port } = listener.addr;
      const { code, stderr } = await run("--port", `${port}`);
      assertEquals([code, stderr], [
        1,
        `handoff: Cannot listen on 127.0.0.1:${port}: address already in use\n`,
      ]);
    });
    await t.step("a port that another handoff has", async () => {
      await using first = new Command(runtime, ["--port", "0", "--threads", "2"]);
      const { port } = new URL(await first.url());
      const { code, stderr } = await run("--port", port, "--threads", "2");
      assertEquals([code, stderr], [
        1,
        `handoff: Cannot listen on 127.0.0.1:${port}: address already in use\n`,
      ]);
    });
    await Deno.remove(folder, { recursive: true });
  });
}
