import { assert } from "@std/assert";
import { testUnless } from "../support/skip.ts";
import { runtimes } from "../support/runtimes.ts";
import { Victim } from "./attack_client.ts";
import { ATTACKS, type Force } from "./attacks.ts";

const MIB = 1024 * 1024;

/** A fraction of the force in `scripts/attack.ts`, which takes minutes. */
const FORCE: Force = {
  connections: 200,
  byteEvery: 20,
  bytes: 20,
  pipeline: 20_000,
  endless: 64 * MIB,
  chunks: 400_000,
  trailers: 5000,
};

const noProc = Deno.build.os !== "linux" && "the memory of a process is read from /proc";

for (const runtime of runtimes()) {
  testUnless(
    noProc,
    `a server under attack keeps its memory and answers others (${runtime.name})`,
    async (t) => {
      await using victim = await Victim.start(runtime);
      for (const { name, bound, run } of ATTACKS) {
        await t.step(name, async () => {
          const { before, peak, result } = await victim.suffer((port) => run(port, FORCE));
          const [growth, most] = [peak - before, bound(FORCE)].map((bytes) => (bytes / MIB).toFixed(1));
          assert(peak - before <= bound(FORCE), `${result}: ${growth} MiB, not ${most}`);
        });
      }
    },
  );
}
