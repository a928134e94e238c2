import { assert, assertEquals } from "@std/assert";
import { chunk, connectResettable, head, post } from "../behaviour/raw_client.ts";
import { runtimes } from "../support/runtimes.ts";
import { PoolServer } from "./pool_server.ts";

const CHUNKED = "Transfer-Encoding: chunked";

/** What has to work although the thread that parses is not the one that handles. */
const CASES: Readonly<Record<string, (server: PoolServer) => Promise<void>>> = {
  "pipelined requests are answered in order, though threads work at them at once": async (server) => {
    using client = await server.connect();
    const waits = [60, 1, 30, 2, 3, 20, 4];
    await client.send(waits.map((ms) => head(`GET /wait?${ms}`)).join("") + head("GET /thread"));
    for (const _ of waits) assertEquals((await client.readResponse()).text, "waited");
    assert(/^[01]$/.test((await client.readResponse()).text));
  },

  "a request that takes long does not keep others from the other thread": async (server) => {
    const before = (await server.report()).counters.handled;
    using slow = await server.connect();
    await slow.send(head("GET /block?1500"));
    await server.reported("it is being handled", ({ counters }) => counters.handled > before);
    const started = performance.now();
    for (let i = 0; i < 10; i++) assertEquals(await server.get("/"), "Hello, World!");
    const elapsed = performance.now() - started;
    assert(elapsed < 1400, `ten trivial requests took ${elapsed} ms`);
    assertEquals((await slow.readResponse()).text, "unblocked");
  },

  "requests go to every thread, however many connections they come over": async (server) => {
    for (const connections of [1, 2, 8]) {
      const threads = new Set<string>();
      for (let i = 0; i < 8; i++) {
        const clients = await Promise.all(Array.from({ length: connections }, () => server.connect()));
        await Promise.all(clients.map((client) => client.send(head("GET /thread?5"))));
        for (const client of clients) threads.add((await client.readResponse()).text);
        for (const client of clients) client.close();
      }
      assertEquals([...threads].sort(), ["0", "1"], `over ${connections} connections at a time`);
    }
  },

  "content and trailers cross both ways": async (server) => {
    using client = await server.connect();
    await client.send(
      head("POST /trailers", CHUNKED, "TE: trailers", "Connection: TE") + chunk("to and ") + chunk("fro") +
        "0\r\nX-Sum: 41ü\r\n\r\n" + head("GET /"),
    );
    const { text, trailers } = await client.readResponse();
    assertEquals([text, trailers], ["to and fro 41Ã¼", [["x-answer", "42"]]]);
    assertEquals((await client.readResponse()).text, "Hello, World!");
  },

  "informational responses come before the final one": async (server) => {
    using client = await server.connect();
    await client.send(head("GET /informational"));
    const statuses = [];
    for (let i = 0; i < 3; i++) statuses.push((await client.readResponse()).status);
    assertEquals(statuses, [103, 102, 200]);
  },

  "Expect: 100-continue is asked of the handler's thread": async (server) => {
    const before = (await server.report()).counters.checked;
    using client = await server.connect();
    await client.send(head("POST /text", "Content-Length: 4", "Expect: 100-continue"));
    assertEquals((await client.readResponse()).statusLine, "HTTP/1.1 100 Continue");
    await client.send("body");
    assertEquals((await client.readResponse()).text, "body");
    await client.send(head("POST /refused", "Content-Length: 4", "Expect: 100-continue"));
    assertEquals((await client.readResponse()).status, 413);
    assertEquals(await client.readToEnd(), "");
    assertEquals((await server.report()).counters.checked, before + 2);
  },

  "the handler's signal aborts when the client goes, by a close or by a reset": async (server) => {
    const before = (await server.report()).counters;
    const closing = await server.connect();
    await closing.send(head("GET /hold"));
    const resetting = await connectResettable(server.port, head("POST /hold", CHUNKED) + chunk("some"));
    await server.reported("both are held", ({ counters }) => counters.held === before.held + 2);
    closing.close();
    await resetting.reset();
    await server.reported("both are aborted", ({ counters }) => counters.aborted === before.aborted + 2);
  },

  "an upgraded connection is relayed both ways, and each half ends alone": async (server) => {
    for (
      const request of [
        head("GET /upgrade", "Connection: upgrade", "Upgrade: raw"),
        "CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\n\r\n",
      ]
    ) {
      using client = await server.connect();
      await client.send(request + "early ");
      assert([101, 200].includes((await client.readHead()).status));
      const bytes = crypto.getRandomValues(new Uint8Array(65536));
      assertEquals(await client.readText(6), "early ");
      const sending = client.send(bytes);
      assertEquals(await client.readExactly(bytes.length), bytes);
      await sending;
      await client.end();
      assertEquals(await client.readToEnd(), "");
    }
  },

  "an upgraded connection that the client resets ends at the handler too": async (server) => {
    const before = (await server.report()).counters;
    const request = head("GET /upgrade", "Connection: upgrade", "Upgrade: raw");
    const client = await connectResettable(server.port, request + "early");
    await server.reported("it is handled", ({ counters }) => counters.handled === before.handled + 1);
    await client.reset();
    await server.reported("it has settled", ({ counters }) => {
      return counters.aborted === before.aborted + 1 && counters.settled === before.settled + 1;
    });
  },

  "a malformed chunk in the middle of content is a 400": async (server) => {
    using client = await server.connect();
    const before = (await server.report()).counters.handled;
    await client.send(head("POST /text", CHUNKED) + chunk("good"));
    await server.reported("it is being handled", ({ counters }) => counters.handled === before + 1);
    await client.send("bad\rchunk\r\n");
    const { status, header } = await client.readResponse();
    assertEquals([status, header("connection")], [400, "close"]);
    assertEquals(await client.readToEnd(), "");
  },

  "content that does not come in time is a 408": async (server) => {
    using client = await server.connect();
    await client.send(head("POST /text", "Content-Length: 10") + "some");
    const { status, header } = await client.readResponse();
    assertEquals([status, header("connection")], [408, "close"]);
    assertEquals(await client.readToEnd(), "");
  },

  "content that is too large is a 413": async (server) => {
    assertEquals((await server.ask(head("POST /text", "Content-Length: 1000001"))).status, 413);
    using client = await server.connect();
    await client.send(head("POST /text", CHUNKED));
    const response = client.readResponse();
    for (let i = 0; i < 11; i++) await client.send(chunk("x".repeat(100_000)));
    assertEquals((await response).status, 413);
  },

  "HTTP/1.0 is answered without chunks, and its connection closed": async (server) => {
    using client = await server.connect();
    await client.send("POST /echo HTTP/1.0\r\nContent-Length: 4\r\n\r\nbody");
    const { header, text } = await client.readResponse();
    assertEquals([header("transfer-encoding"), header("connection"), text], [null, "close", "body"]);
    using staying = await server.connect();
    for (let i = 0; i < 2; i++) {
      await staying.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
      assertEquals((await staying.readResponse()).text, "Hello, World!");
    }
  },

  "content that nobody reads is dropped, and the connection goes on": async (server) => {
    using client = await server.connect();
    for (let i = 0; i < 3; i++) {
      await client.send(post("/", "x".repeat(200_000)));
      assertEquals((await client.readResponse()).text, "Hello, World!");
    }
  },

  "onError is told what a handler throws": async (server) => {
    const before = (await server.report()).errors.length;
    assertEquals((await server.ask(head("GET /throw"))).status, 500);
    const { errors } = await server.reported("onError is told", (report) => report.errors.length > before);
    assertEquals(errors.slice(before), ["Error: thrown by the handler"]);
  },

  "every connection's start and end are told once": async (server) => {
    await server.reported("all before have ended", ({ counters }) => {
      return counters.connectionStarts > 0 && counters.connectionStarts === counters.connectionEnds;
    });
    const { connectionStarts } = (await server.report()).counters;
    const clients = await Promise.all(Array.from({ length: 20 }, () => server.connect()));
    await server.reported(
      "20 started",
      ({ counters }) => counters.connectionStarts >= connectionStarts + 20,
    );
    for (const client of clients) client.close();
    await server.reported(
      "20 ended",
      ({ counters }) =>
        counters.connectionEnds >= connectionStarts + 20 &&
        counters.connectionEnds === counters.connectionStarts,
    );
  },

  "the figures of stats() add up": async (server) => {
    const { stats, counters } = await server.reported("all are over", ({ stats }) => {
      return stats.acceptor?.openConnections === 0;
    });
    const total = (pick: (of: typeof stats.threads[number]) => number) =>
      stats.threads.reduce((sum, of) => sum + pick(of), 0);
    // The handler was not asked where checkContinue refused.
    assertEquals(total((of) => of.requests), counters.handled + 1);
    assertEquals(stats.acceptor?.requests, 0, "each request was handed to a thread, and counted there");
    assertEquals(stats.acceptor?.acceptedConnections, counters.connectionStarts);
    const elsewhere = total((of) => of.acceptedConnections + of.openConnections + of.bytesIn + of.bytesOut);
    assertEquals(elsewhere, 0, "the connections and their bytes are the acceptor's");
    const answers = total((of) => Object.values(of.responses).reduce((sum, count) => sum + count, 0)) +
      Object.values(stats.acceptor!.responses).reduce((sum, count) => sum + count, 0);
    assert(answers <= total((of) => of.requests) + stats.acceptor!.responses["4xx"], `${answers} answers`);
    assert(stats.acceptor!.bytesIn > 1_000_000 && stats.acceptor!.bytesOut > 100_000, JSON.stringify(stats));
  },
};

for (const runtime of runtimes()) {
  Deno.test(`dispatch (${runtime.name})`, async (t) => {
    await using server = await PoolServer.start(runtime, {
      accept: "dispatch",
      threads: 2,
      server: { limits: { maxRequestBodySize: 1_000_000 }, timeouts: { receive: 800 } },
    });
    for (const [name, run] of Object.entries(CASES)) await t.step(name, () => run(server));
    assertEquals(await server.stop(), 0);
    assertEquals(server.stderr, []);
  });
}
