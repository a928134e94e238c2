import { assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { linesOf } from "../support/lines.ts";
import { type Runtime, runtimes } from "../support/runtimes.ts";
import { waysOf } from "./ways.ts";

const PROGRAM = fileURLToPath(new URL("./contender_program.ts", import.meta.url));

/** Starts a server process. */
function start({ command: [program, ...before] }: Runtime, way: string, port: number): Deno.ChildProcess {
  return new Deno.Command(program!, {
    args: [...before, PROGRAM, way, String(port)],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
}

for (const runtime of runtimes()) {
  for (const way of waysOf(runtime)) {
    Deno.test(`one of two processes that start at the same time gets the port (${runtime.name}, ${way})`, async () => {
      using reserved = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      const { port } = reserved.addr;
      reserved.close();
      const processes = [start(runtime, way, port), start(runtime, way, port)];
      const timer = setTimeout(() => processes.forEach((process) => process.kill("SIGKILL")), 60_000);
      const outputs = processes.map(({ stdout }) => linesOf(stdout).getReader());
      const lines = await Promise.all(outputs.map(async (output) => (await output.read()).value));
      assertEquals(lines.toSorted(), ["EADDRINUSE", "listens"]);
      for (const process of processes) await process.stdin.close();
      for (const output of outputs) while (!(await output.read()).done);
      assertEquals(await Promise.all(processes.map(async ({ status }) => (await status).code)), [0, 0]);
      clearTimeout(timer);
    });
  }
}
