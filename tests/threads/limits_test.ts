import { assert, assertEquals } from "@std/assert";
import { head } from "../behaviour/raw_client.ts";
import { runtimes } from "../support/runtimes.ts";
import { PoolServer } from "./pool_server.ts";
import { type Way, waysOf } from "./ways.ts";

/**
 * How many connections two threads serve at once that may have one each; the kernel may give all of them to
 * one.
 */
const SERVED: Readonly<Record<Way, readonly number[]>> = {
  reusePort: [1, 2],
  transfer: [2],
  // One thread has all connections.
  dispatch: [1],
};

/** Milliseconds in which a connection that is not to wait would have been served. */
const SOON = 300;

for (const runtime of runtimes()) {
  for (const way of waysOf(runtime)) {
    Deno.test(`limits.maxConnections holds for each thread (${runtime.name}, ${way})`, async () => {
      await using server = await PoolServer.start(runtime, {
        accept: way,
        threads: 2,
        server: { limits: { maxConnections: 1 } },
      });
      const clients = await Promise.all(Array.from({ length: 6 }, () => server.connect()));
      for (const client of clients) await client.send(head("GET /"));
      await server.reported("a connection is served", ({ counters }) => counters.handled > 0);
      await new Promise((resolve) => setTimeout(resolve, SOON));
      const { counters: { handled }, stats } = await server.report();
      assert(SERVED[way].includes(handled), `${handled} were served`);
      for (const { openConnections } of stats.threads) {
        assert(openConnections <= 1, `${openConnections} open`);
      }

      // Each that ends makes room for one that waits.
      await Promise.all(clients.map(async (client) => {
        assertEquals((await client.readResponse()).text, "Hello, World!");
        client.close();
      }));
      assertEquals(server.stderr, []);
      assertEquals(await server.stop(), 0);
    });

    Deno.test(`close() gives up the connections that wait (${runtime.name}, ${way})`, async () => {
      await using server = await PoolServer.start(runtime, {
        accept: way,
        threads: 2,
        server: { limits: { maxConnections: 1 } },
      });
      const clients = await Promise.all(Array.from({ length: 6 }, () => server.connect()));
      for (const client of clients) await client.send(head("GET /wait?100"));
      await server.reported("a connection is served", ({ counters }) => counters.handled > 0);
      await server.control({ do: "close", options: { deadline: 5000 } });
      const answers = await Promise.all(
        clients.map((client) => client.readResponse().then(() => 1, () => 0)),
      );
      for (const client of clients) client.close();
      const { handled } = (await server.report()).counters;
      assertEquals(answers.filter((answered) => answered === 1).length, handled);
      assertEquals(await server.stop(), 0);
    });
  }
}
