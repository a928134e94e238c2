import { assert, assertEquals } from "@std/assert";
import { head, type RawClient } from "../behaviour/raw_client.ts";
import { runtimes } from "../support/runtimes.ts";
import { PoolServer } from "./pool_server.ts";
import { waysOf } from "./ways.ts";

for (const runtime of runtimes()) {
  for (const way of waysOf(runtime)) {
    Deno.test(`close() drains every thread under load (${runtime.name}, ${way})`, async () => {
      await using server = await PoolServer.start(runtime, { accept: way, threads: 3 });
      const answered = { count: 0 };
      // Connected before the server closes: a connection that only the kernel has accepted may be reset.
      const clients = await Promise.all(Array.from({ length: 24 }, () => greeted(server)));
      const working = clients.map((client) => askOnAndOn(client, answered));
      await server.reported("there is load", () => answered.count > 100);
      await server.control({ do: "close", options: { deadline: 5000 } });
      await Promise.all(working);
      assertEquals(await server.control({ do: "closed" }), "resolved");
      const { stats, counters } = await server.report();
      assertEquals(counters.handled, answered.count + clients.length, "every request was answered");
      for (const { openConnections } of stats.threads) assertEquals(openConnections, 0);
      assertEquals(await server.stop(), 0);
    });

    Deno.test(`close() cuts what is left at its deadline on every thread (${runtime.name}, ${way})`, async () => {
      await using server = await PoolServer.start(runtime, { accept: way, threads: 2 });
      const clients = await Promise.all(Array.from({ length: 12 }, () => server.connect()));
      for (const client of clients) await client.send(head("GET /hold"));
      await server.reported("all wait", ({ counters }) => counters.held === clients.length);
      const started = performance.now();
      await server.control({ do: "close", options: { deadline: 200 } });
      const elapsed = performance.now() - started;
      assert(elapsed > 190 && elapsed < 3000, `${elapsed} ms`);
      for (const client of clients) assertEquals(await client.drain(), 0);
      await server.reported("all are told", ({ counters }) => counters.aborted === clients.length);
      assertEquals(await server.stop(), 0);
    });
  }
}

async function greeted(server: PoolServer): Promise<RawClient> {
  const client = await server.connect();
  await client.send(head("GET /"));
  await client.readResponse();
  return client;
}

/** Asks until the server closes the connection, which it may do between two responses alone. */
async function askOnAndOn(client: RawClient, answered: { count: number }): Promise<void> {
  using _closing = client;
  for (;;) {
    await client.send(head("GET /wait?1")).catch(() => {});
    let last: boolean;
    try {
      const { text, header } = await client.readResponse();
      assertEquals(text, "waited");
      last = header("connection") === "close";
    } catch (error) {
      if (/middle of a line: ""|reset/i.test((error as Error).message)) return;
      throw error;
    }
    answered.count++;
    if (last) return;
  }
}
