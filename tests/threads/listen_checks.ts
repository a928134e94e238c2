import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { connect } from "node:net";
import { Server } from "../../mod.ts";
import { type Check, moduleUrl, portOf } from "./check.ts";
import { ask } from "./small_client.ts";

/** Connects, and leaves again: the code of the error, or `null`. */
function attempt(port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    socket.on("error", (error) => resolve((error as Error & { code: string }).code));
    socket.on("connect", () => {
      socket.destroy();
      resolve(null);
    });
  });
}

/** When a server listens. */
export const listenChecks: readonly Check[] = [
  {
    name: "Server.handle() listens once every thread can serve, and not before",
    async run(accept) {
      const first = await Server.http("127.0.0.1:0").handle(() => {});
      await first.close();
      const port = portOf(first);
      const counts = new Int32Array(new SharedArrayBuffer(8));
      const handling = Server.http({ hostname: "127.0.0.1", port }).handle(moduleUrl("slow_start.ts"), {
        threads: 2,
        accept,
        state: { counts },
      });
      const pause = () => new Promise((resolve) => setTimeout(resolve, 5));
      const deadline = performance.now() + 30_000;
      while (Atomics.load(counts, 0) === 0 && performance.now() < deadline) await pause();
      let refused = 0;
      let code: string | null;
      while ((code = await attempt(port)) !== null) {
        equal(code, "ECONNREFUSED");
        ok(performance.now() < deadline, "nothing listened within 30 s");
        refused++;
        await pause();
      }
      equal(Atomics.load(counts, 1), 2, "a connection was accepted before both threads could serve");
      ok(refused > 0);
      const listening = await handling;
      equal(await ask(port, "/"), "served");
      await listening.close();
    },
  },
  {
    name: "Server.handle() rejects at once where the port is in use, before it starts a thread",
    async run(accept) {
      const first = await Server.http("127.0.0.1:0").handle(() => {});
      const counts = new Int32Array(new SharedArrayBuffer(8));
      const handling = Server.http(`127.0.0.1:${portOf(first)}`).handle(moduleUrl("slow_start.ts"), {
        threads: 2,
        accept,
        state: { counts },
      });
      const outcome = await handling.then(() => "listens", ({ name, code }) => `${name} ${code}`);
      await first.close();
      equal([outcome, counts[0]], ["ListenError EADDRINUSE", 0]);
    },
  },
];
