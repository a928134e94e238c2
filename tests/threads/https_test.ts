import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { head, post, RawClient } from "../behaviour/raw_client.ts";
import { type Runtime, runtimes } from "../support/runtimes.ts";
import { PoolServer, until } from "./pool_server.ts";
import { type Way, waysOf } from "./ways.ts";

const CERT = await Deno.readTextFile(new URL("../support/tls/cert.pem", import.meta.url));

for (const runtime of runtimes()) {
  for (const way of waysOf(runtime)) {
    if (way === "transfer") testRefusal(runtime);
    else testServing(runtime, way);
  }
}

/** A TLS session cannot be passed to another thread. */
function testRefusal(runtime: Runtime): void {
  Deno.test(`Server.https() refuses transfer, and says what there is (${runtime.name})`, async () => {
    const { message } = await assertRejects(() => {
      return PoolServer.start(runtime, { accept: "transfer", threads: 2, secure: true });
    });
    const there = Deno.build.os === "linux" ? '"reusePort", "dispatch"' : '"dispatch"';
    const refused = `"transfer" does not exist for this address here, only ${there}`;
    assert(message.includes(`RangeError: Cannot use option accept: ${refused}`), message);
  });
}

function testServing(runtime: Runtime, way: Way): void {
  Deno.test(`Server.https() serves on every thread (${runtime.name}, ${way})`, async () => {
    await using server = await PoolServer.start(runtime, { accept: way, threads: 2, secure: true });
    await until("both threads serve", async () => {
      const threads = await Promise.all(Array.from({ length: 12 }, () => get(server, "/thread?20")));
      return new Set(threads).size === 2;
    });

    using client = await connect(server);
    const text = "x".repeat(300_000);
    await client.send(post("/echo", text) + head("GET /"));
    assertEquals((await client.readResponse()).text, text);
    assertEquals((await client.readResponse()).text, "Hello, World!");

    // What breaks one thread is over with it.
    using victim = await connect(server);
    await victim.send(head("GET /crash/exit"));
    if (way === "dispatch") assertMatch(String((await victim.readResponse()).status), /^50[23]$/);
    await server.reported("the thread is replaced", ({ counters }) => counters.started === 3);
    await until("they serve", async () => await get(server, "/").catch(String) === "Hello, World!");

    const { stats: { threads, acceptor }, errors } = await server.report();
    assertEquals(errors.length, 1, errors.join("; "));
    const accepted = [...threads, ...(acceptor === undefined ? [] : [acceptor])];
    assert(accepted.reduce((sum, { acceptedConnections }) => sum + acceptedConnections, 0) >= 15);

    using waiting = await connect(server);
    await waiting.send(head("GET /wait?300"));
    await server.reported("it is being handled", ({ stats: { threads } }) => {
      const requests = threads.reduce((sum, one) => sum + one.requests, 0);
      return requests > threads.reduce((sum, one) => sum + one.responses["2xx"] + one.restarts, 0);
    });
    const closing = server.control({ do: "close", options: { deadline: 5000 } });
    const last = await waiting.readResponse();
    assertEquals([last.text, last.header("connection")], ["waited", "close"]);
    waiting.close();
    client.close();
    await closing;
    assertEquals(await server.stop(), 0);
    assertEquals(server.stderr, []);
  });
}

async function connect(server: PoolServer): Promise<RawClient> {
  return new RawClient(await Deno.connectTls({ hostname: "localhost", port: server.port, caCerts: [CERT] }));
}

async function get(server: PoolServer, path: string): Promise<string> {
  using client = await connect(server);
  await client.send(head(`GET ${path}`));
  return (await client.readResponse()).text;
}
