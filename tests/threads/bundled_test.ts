import { assertEquals, assertMatch } from "@std/assert";
import { pathToFileURL } from "node:url";
import { runtimeOf, runtimes } from "../support/runtimes.ts";
import { runProgram } from "./program.ts";

const ROOT = new URL("../../", import.meta.url);

/** A single-file program that asks its server once, and prints the answer or what kept it from that. */
const PROGRAM = `import { Server } from ${JSON.stringify(new URL("mod.ts", ROOT).pathname)};
import { connect } from "node:net";
import process from "node:process";
import { isMainThread } from "node:worker_threads";

const worker = process.argv[2] === "named" ? { worker: new URL("./threads.js", import.meta.url) } : {};
try {
  const listening = await Server.http("127.0.0.1:0").handle(
    (_req, res) => res.send(isMainThread ? "the first thread" : "another thread"),
    { module: import.meta.url, threads: 2, ...worker },
  );
  const socket = connect(listening.address);
  socket.write("GET / HTTP/1.1\\r\\nHost: a\\r\\nConnection: close\\r\\n\\r\\n");
  let text = "";
  for await (const piece of socket) text += piece;
  console.log(text.split("\\r\\n").at(-1));
  await listening.close();
} catch (error) {
  console.log(error.message);
}
`;

/** Builds a source text into one file of JavaScript. */
function bundle(folder: string, name: string, text: string): void {
  Deno.writeTextFileSync(`${folder}/${name}.ts`, text);
  const [command = "", ...before] = runtimeOf("bun").command;
  const { success, stderr } = new Deno.Command(command, {
    args: [
      ...before.filter((arg) => arg !== "run"),
      "build",
      `${name}.ts`,
      "--target=node",
      `--outfile=${name}.js`,
    ],
    cwd: folder,
    stdin: "null",
  }).outputSync();
  if (!success) throw new Error(`Cannot bundle ${name}.ts: ${new TextDecoder().decode(stderr)}`);
  Deno.removeSync(`${folder}/${name}.ts`);
}

Deno.test("a bundled program runs on every core where the option worker names the threads' file, else is told so", async (t) => {
  const folder = Deno.makeTempDirSync({ prefix: "handoff_bundle_" });
  try {
    Deno.writeTextFileSync(`${folder}/package.json`, '{ "type": "module" }');
    bundle(folder, "program", PROGRAM);
    bundle(folder, "threads", `import ${JSON.stringify(new URL("src/threads/worker.ts", ROOT).pathname)};\n`);
    const script = pathToFileURL(`${folder}/program.js`);
    for (const runtime of runtimes()) {
      await t.step(runtime.name, async () => {
        const named = await runProgram(runtime, script, ["named"]);
        assertEquals([named.code, named.stderr, named.lines], [0, "", ["another thread"]]);
        const { code, lines } = await runProgram(runtime, script);
        assertEquals([code, lines.length], [0, 1]);
        assertMatch(
          lines[0]!,
          /^Cannot start a thread: its module file:.*\/worker\.js cannot be loaded \(.*the option worker$/,
        );
      });
    }
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});
