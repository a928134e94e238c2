/** Checks that a server which ran out of file descriptors continues when some are free again. */
import { assert, assertEquals } from "@std/assert";
import { startFixture } from "../support/fixture.ts";
import { runtimes } from "../support/runtimes.ts";
import { get, LAST } from "./semantics_context.ts";
import { Wire } from "./wire.ts";

/**
 * Waits until Deno has registered its signal handlers, half a second after its start. Deno 2.9.6 panics if no
 * descriptor is free at that moment, which no program can prevent.
 */
async function untilSignalsAreHandled(pid: number): Promise<void> {
  const SIGTERM = 1n << 14n;
  for (let turn = 0; turn < 600; turn++) {
    const status = await Deno.readTextFile(`/proc/${pid}/status`);
    if ((BigInt(`0x${/^SigCgt:\s+(\w+)$/m.exec(status)![1]}`) & SIGTERM) !== 0n) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("Waited in vain until Deno handles signals");
}

/** Number of file descriptors of the server process, and of clients that connect to it. */
const DESCRIPTORS = 100;
const CLIENTS = 150;

for (const runtime of runtimes()) {
  const elsewhere = Deno.build.os !== "linux";
  const skipped = elsewhere ? " [skipped: only Linux has /proc and a limit that is this easy to set]" : "";
  Deno.test({
    name:
      `semantics: Limits: a server that runs out of file descriptors serves on (${runtime.name})${skipped}`,
    ignore: elsewhere,
    // The server outlives the clients of a step, and is stopped at the end.
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      const command = ["sh", "-c", `ulimit -n ${DESCRIPTORS} && exec "$@"`, "sh", ...runtime.command];
      const script = new URL("semantics_server.ts", import.meta.url);
      await using fixture = await startFixture({ name: runtime.name, command }, script);
      if (runtime.name === "deno") await untilSignalsAreHandled(fixture.pid);
      const wires: Wire[] = [];
      for (let opened = 0; opened < CLIENTS; opened++) wires.push(await Wire.connect(fixture.port));
      await Promise.all(wires.map((wire) => wire.send(get("/hello")).catch(() => {})));
      // The first connection is served. The fate of connections without a descriptor depends on the kernel
      // and the runtime.
      await wires[0]!.until("hello");
      for (const wire of wires) wire.close();
      // Until the server has closed the other connections, a new one may fail in the same way.
      let served = "";
      for (let turn = 0; turn < 200 && served === ""; turn++) {
        using wire = await Wire.connect(fixture.port);
        await wire.send(LAST).catch(() => {});
        served = await wire.untilEnd();
        if (served === "") await new Promise((resolve) => setTimeout(resolve, 50));
      }
      assert(served.endsWith("\r\n\r\nhello"), served);
      assertEquals(await fixture.stop(), 0);
    },
  });
}
