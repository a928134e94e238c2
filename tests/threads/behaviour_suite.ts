import { assertEquals } from "@std/assert";
import type { Behaviour } from "../behaviour/behaviour.ts";
import { BehaviourServer } from "../behaviour/behaviour_server.ts";
import { behaviours } from "../behaviour/behaviours.ts";
import { startFixture } from "../support/fixture.ts";
import { type Runtime, runtimes } from "../support/runtimes.ts";
import { testUnless, testUsing } from "../support/skip.ts";
import { type Way, waysOf } from "./ways.ts";

/** What cannot be the same on several threads as on one. */
export const GAPS: readonly {
  readonly name: string;
  readonly ways: readonly Way[];
  readonly reason: string;
}[] = [
  {
    name: "limits.maxConnections lets further connections wait until one ends",
    ways: ["reusePort", "transfer"],
    reason: "each thread has connections of its own, and counts those: see limits_test.ts",
  },
];

const servers: BehaviourServer[] = [];

/**
 * Registers the behaviours for every runtime that has one of the ways.
 *
 * @param ways The ways.
 * @param flag An argument to Deno, which is then the one runtime.
 */
export function registerBehaviours(ways: readonly Way[], flag?: string): void {
  const all = flag === undefined ? runtimes() : runtimes().filter(({ name }) => name === "deno");
  for (const { name, command } of all) {
    const runtime = { name, command: flag === undefined ? command : [...command, flag] };
    const kind = flag === undefined ? name : `${name} ${flag}`;
    for (const way of waysOf(runtime).filter((way) => ways.includes(way))) {
      let starting: Promise<BehaviourServer> | undefined;
      const start = () => starting ??= startServer(runtime, way);

      for (const behaviour of behaviours) {
        register(behaviour, kind, way, async () => {
          const server = await start();
          await behaviour.run(server);
          assertEquals(server.unexpected, [], "on standard error");
        });
      }

      Deno.test(`the server ends by itself, with nothing unhandled (${kind}, ${way})`, async () => {
        const server = await start();
        assertEquals(await server.stop(), 0);
        assertEquals(server.unexpected, []);
      });
    }
  }

  // For a run that leaves out the tests that stop them.
  Deno.test.afterAll(async () => {
    for (const server of servers) await server.stop();
  });
}

async function startServer(runtime: Runtime, way: Way): Promise<BehaviourServer> {
  const fixture = await startFixture(runtime, new URL("./behaviour_fixture.ts", import.meta.url), [way]);
  const server = new BehaviourServer(runtime, fixture);
  servers.push(server);
  return server;
}

function register(behaviour: Behaviour, kind: string, way: Way, run: () => Promise<void>): void {
  const name = `${behaviour.name} (${kind}, ${way})`;
  const gap = GAPS.find((gap) => gap.name === behaviour.name && gap.ways.includes(way));
  const skip = gap?.reason ?? behaviour.skip;
  if (typeof skip === "string") testUnless(skip, name, run);
  else testUsing(behaviour.needs ?? [], name, run);
}
