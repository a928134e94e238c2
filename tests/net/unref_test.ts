import { assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { linesOf } from "../support/lines.ts";
import { type Runtime, runtimes } from "../support/runtimes.ts";

const PROGRAM = fileURLToPath(new URL("./unref_program.ts", import.meta.url));

/** Milliseconds in which a process ends that nothing keeps. */
const PATIENCE = 5000;

const OPTIONS = [{}, { reusePort: true }, { tls: { cert: pem("cert"), key: pem("key") } }];

for (const runtime of runtimes()) {
  for (const options of OPTIONS) {
    const how = `${runtime.name}, ${Object.keys(options)[0] ?? "alone"}`;

    if (runtime.name === "deno" && "tls" in options) {
      Deno.test("Listener.unref() does nothing over Deno.listenTls", async () => {
        const { process } = await start(runtime, options, "unref");
        assertEquals(await endOf(process, 1500), "runs");
        process.kill("SIGKILL");
        await process.status;
      });
      continue;
    }

    Deno.test(`Listener.unref() lets the process end (${how})`, async () => {
      const { process } = await start(runtime, options, "unref");
      assertEquals(await endOf(process, PATIENCE), 0);
    });

    Deno.test(`Listener.ref() keeps the process again (${how})`, async () => {
      const { process } = await start(runtime, options, "unref,ref");
      assertEquals(await endOf(process, 1500), "runs");
      process.kill("SIGKILL");
      await process.status;
    });
  }

  Deno.test(`Listener.unref() serves on, and connections keep the process (${runtime.name})`, async () => {
    const { process, port } = await start(runtime, {}, "unref");
    const conn = await Deno.connect({ hostname: "127.0.0.1", port });
    assertEquals(await endOf(process, 1500), "runs");
    await conn.write(new TextEncoder().encode("x"));
    assertEquals(await conn.read(new Uint8Array(8)), 1);
    conn.close();
    assertEquals(await endOf(process, PATIENCE), 0);
  });
}

async function start(runtime: Runtime, options: object, methods: string) {
  const [command, ...before] = runtime.command;
  const process = new Deno.Command(command!, {
    args: [...before, PROGRAM, JSON.stringify(options), methods],
    stdout: "piped",
  }).spawn();
  const lines = linesOf(process.stdout).getReader();
  const { value } = await lines.read();
  if (value === undefined) throw new Error("The program did not listen");
  await lines.cancel();
  return { process, port: (JSON.parse(value) as { port: number }).port };
}

/** How the process ended, or that it had not after some milliseconds. */
async function endOf(process: Deno.ChildProcess, within: number): Promise<number | "runs"> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<"runs">((resolve) => timer = setTimeout(() => resolve("runs"), within));
  const end = await Promise.race([process.status.then(({ code }) => code), late]);
  clearTimeout(timer);
  return end;
}

function pem(name: string): string {
  return Deno.readTextFileSync(new URL(`../support/tls/${name}.pem`, import.meta.url));
}
