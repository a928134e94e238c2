import { assertEquals } from "@std/assert";
import { type Runtime, runtimes } from "../support/runtimes.ts";
import { testUnless, testUsing } from "../support/skip.ts";
import type { Behaviour } from "./behaviour.ts";
import { BehaviourServer } from "./behaviour_server.ts";
import { behaviours } from "./behaviours.ts";

const servers: BehaviourServer[] = [];

for (const runtime of runtimes()) {
  let starting: Promise<BehaviourServer> | undefined;
  const start = () => starting ??= startServer(runtime);

  for (const behaviour of behaviours) {
    register(behaviour, runtime, async () => {
      const server = await start();
      await behaviour.run(server);
      assertEquals(server.unexpected, [], "on standard error");
    });
  }

  Deno.test(`the server ends by itself, with nothing unhandled (${runtime.name})`, async () => {
    const server = await start();
    assertEquals(await server.stop(), 0);
    assertEquals(server.unexpected, []);
  });
}

// Stops the servers in a run whose filter excludes the tests that stop them.
Deno.test.afterAll(async () => {
  for (const server of servers) await server.stop();
});

async function startServer(runtime: Runtime): Promise<BehaviourServer> {
  const server = await BehaviourServer.start(runtime);
  servers.push(server);
  return server;
}

function register(behaviour: Behaviour, runtime: Runtime, run: () => Promise<void>): void {
  const name = `${behaviour.name} (${runtime.name})`;
  if (typeof behaviour.skip === "string") testUnless(behaviour.skip, name, run);
  else testUsing(behaviour.needs ?? [], name, run);
}
