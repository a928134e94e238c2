import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Behaviour } from "./behaviour.ts";
import { chunk, head, LAST_CHUNK, post } from "./raw_client.ts";
import { TempFolder } from "./temp_folder.ts";

/** Behaviours of the lifetime of connections, and of the order of responses on them. */
export const connectionBehaviours: readonly Behaviour[] = [
  {
    name: "a connection serves one request after the other",
    async run(server) {
      using client = await server.connect();
      for (let i = 0; i < 50; i++) {
        await client.send(post("/echo", `request ${i}`));
        const { text, header } = await client.readResponse();
        assertEquals([text, header("connection")], [`request ${i}`, null]);
      }
    },
  },
  {
    name: "a response in several pieces does not wait for the client to acknowledge the first",
    async run(server) {
      using client = await server.connect();
      const times: number[] = [];
      for (let i = 0; i < 40; i++) {
        const started = performance.now();
        await client.send(post("/echo", "x"));
        await client.readResponse();
        times.push(performance.now() - started);
      }
      // Linux delays an acknowledgement by 40 ms if no response carries it, except at the start of a
      // connection.
      const quartile = times.sort((a, b) => a - b)[10]!;
      assert(quartile < 30, `three of four take more than ${quartile.toFixed(1)} ms`);
    },
  },
  {
    name: "Connection: close gets connection: close in the response, and nothing after it is parsed",
    async run(server) {
      using client = await server.connect();
      await client.send(head("GET /send/string", "Connection: close") + head("GET /slow?id=behind-close"));
      const { text, header } = await client.readResponse();
      assertEquals([text, header("connection")], ["Hello, World!", "close"]);
      assertEquals(await client.readToEnd(), "");
      assertEquals(server.eventsOf("handling", { id: "behind-close" }), []);
    },
  },
  {
    name: "a request that a handler keeps does not change with later connections",
    async run(server) {
      await using folder = await TempFolder.make();
      const file = `${folder.path}/look`;
      const ids = ["kept-0", "kept-1", "kept-2"];
      const keeping = await Promise.all(ids.map(() => server.connect()));
      for (const [i, id] of ids.entries()) {
        using client = keeping[i]!;
        await client.send(head(`GET /kept?id=${id}&file=${file}`, `X-Kept: ${id}`, "Connection: close"));
        assertEquals((await client.readResponse()).text, "kept");
        assertEquals(await client.readToEnd(), "");
      }
      // Content that is read separately, with sizes close to those of one read on each runtime, after small
      // and large heads.
      for (const padding of ["x".repeat(6500), ""]) {
        for (const size of [5000, 1, 1500, 7000, 7900, 9000, 20_000, 70_000]) {
          using client = await server.connect();
          const fields = [`X-Kept: not ${size}`, `X-Padding: ${padding}`, `Content-Length: ${size}`];
          await client.send(head("POST /transfer", ...fields, "Expect: 100-continue", "Connection: close"));
          assertEquals((await client.readResponse()).status, 100);
          await client.send("x".repeat(size));
          assertEquals((await client.readResponse()).text, `${size}`);
          assertEquals(await client.readToEnd(), "");
        }
      }
      await Deno.writeTextFile(file, "");
      for (const id of ids) {
        const { fields } = await server.event("kept", { id });
        assertEquals(fields, [["Host", "localhost"], ["X-Kept", id], ["Connection", "close"]]);
      }
    },
  },
  {
    name: "a handler can close the connection by its headers",
    async run(server) {
      using client = await server.connect();
      await client.send(head("GET /headers/close") + head("GET /send/string"));
      assertEquals((await client.readResponse()).header("connection"), "close");
      assertEquals(await client.readToEnd(), "");
    },
  },
  {
    name: "HTTP/1.0 closes after a response, except for a client that asks for keep-alive",
    async run(server) {
      using closing = await server.connect();
      await closing.send("GET /send/string HTTP/1.0\r\n\r\nGET /send/string HTTP/1.0\r\n\r\n");
      assertEquals((await closing.readResponse()).header("connection"), "close");
      assertEquals(await closing.readToEnd(), "");

      using staying = await server.connect();
      for (let i = 0; i < 2; i++) {
        await staying.send("GET /send/string HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n");
        const { header, text } = await staying.readResponse();
        assertEquals([header("connection"), text], ["keep-alive", "Hello, World!"]);
      }
    },
  },
  {
    name: "pipelined requests are answered in order, however long each takes",
    async run(server) {
      using client = await server.connect();
      const delays = [40, 0, 10, 0, 0, 20, 5];
      await client.send(delays.map((ms, n) => head(`GET /slow?ms=${ms}&n=${n}`)).join(""));
      for (let n = 0; n < delays.length; n++) assertEquals((await client.readResponse()).text, `slow ${n}`);
    },
  },
  {
    name: "a pipelined request starts when the response before it is complete",
    async run(server) {
      using client = await server.connect();
      const [first, second] = [server.id(), server.id()];
      await client.send(head(`POST /gate?id=${first}`, "Transfer-Encoding: chunked") + chunk("a"));
      await server.event("handling", { id: first });
      await client.send(LAST_CHUNK + head(`GET /slow?id=${second}`) + post("/echo", "third"));
      assertEquals((await client.readResponse()).text, "gate a");
      assertEquals((await client.readResponse()).text, "slow ");
      assertEquals((await client.readResponse()).text, "third");
      await server.event("handled", { id: second });
      const order = server.events.filter(({ id }) => id === first || id === second).map(({ id }) => id);
      assertEquals(order, [first, second, second]);
    },
  },
  {
    name: "pipelined requests of all kinds keep their contents apart",
    async run(server) {
      using client = await server.connect();
      const round = post("/echo", "with length") + head("GET /send/nothing") + head("HEAD /send/string") +
        head("POST /echo", "Transfer-Encoding: chunked") + chunk("in ") + chunk("chunks") + LAST_CHUNK +
        post("/settle/unread", "left alone");
      const rounds = 200;
      const sending = client.send(round.repeat(rounds));
      for (let i = 0; i < rounds; i++) {
        assertEquals((await client.readResponse()).text, "with length");
        assertEquals((await client.readResponse()).text, "");
        assertEquals((await client.readResponse("HEAD")).header("content-length"), "13");
        assertEquals((await client.readResponse()).text, "in chunks");
        assertEquals((await client.readResponse()).text, "unread");
      }
      await sending;
    },
  },
  {
    name: "a client that closes its half gets its response",
    async run(server) {
      using client = await server.connect();
      await client.send(head("GET /slow?ms=30&n=1") + post("/echo", "2"));
      await client.end();
      assertEquals((await client.readResponse()).text, "slow 1");
      assertEquals((await client.readResponse()).text, "2");
      assertEquals(await client.readToEnd(), "");
    },
  },
  {
    name: "empty lines before a request are ignored",
    async run(server) {
      using client = await server.connect();
      for (let i = 0; i < 2; i++) {
        await client.send("\r\n\r\n" + head("GET /send/string"));
        assertEquals((await client.readResponse()).text, "Hello, World!");
      }
    },
  },
  {
    name: "Handler.onConnectionStart() and onConnectionEnd() are called in pairs, with the client's address",
    async run(server) {
      const client = await server.connect();
      const port = client.localPort;
      await client.send(head("GET /send/string") + head("GET /send/string"));
      await client.readResponse();
      await client.readResponse();
      assertEquals((await server.connectionStart(port)).hostname, "127.0.0.1");
      const starts = server.eventsOf("connectionStart", { port });
      client.close();
      const end = await server.connectionEnd(port);
      assertEquals([end.hostname, end.started], ["127.0.0.1", true], "the same object at start and end");
      assertEquals(server.eventsOf("connectionEnd", { port }).length, starts.length);
    },
  },
  {
    name: "Handler.onConnectionEnd() is called for a connection without a request",
    async run(server) {
      const client = await server.connect();
      const port = client.localPort;
      await server.connectionStart(port);
      client.close();
      assertEquals((await server.connectionEnd(port)).started, true);
    },
  },
  {
    name: "limits.maxRequestsPerConnection closes after the last request, maxRequestBodySize refuses content",
    async run(server) {
      // One server for both limits, because starting its threads takes time.
      await using limited = await server.listen({
        limits: { maxRequestsPerConnection: 2, maxRequestBodySize: 1000 },
      });
      using client = await server.connect(limited.port);
      await client.send(head("GET /send/string").repeat(3));
      assertEquals((await client.readResponse()).header("connection"), null);
      assertEquals((await client.readResponse()).header("connection"), "close");
      assertEquals(await client.readToEnd(), "");

      assertEquals((await server.ask(post("/echo", "x".repeat(1000)), limited.port)).text.length, 1000);
      assertEquals((await server.ask(post("/gate", "x".repeat(1001)), limited.port)).status, 413);
      const chunked = head("POST /gate", "Transfer-Encoding: chunked") + chunk("x".repeat(1001));
      assertEquals((await server.ask(chunked, limited.port)).status, 413);
    },
  },
  {
    name: "limits.maxConnections lets further connections wait until one ends",
    async run(server) {
      await using limited = await server.listen({ limits: { maxConnections: 1 } });
      const first = await server.connect(limited.port);
      await first.send(head("GET /send/string"));
      await first.readResponse();
      using second = await server.connect(limited.port);
      const id = server.id();
      await second.send(head(`GET /slow?n=2&id=${id}`));
      for (let i = 0; i < 10; i++) {
        await first.send(head("GET /send/string"));
        await first.readResponse();
      }
      assertEquals(server.eventsOf("handling", { id }), [], "it waits");
      first.close();
      assertEquals((await second.readResponse()).text, "slow 2");
    },
  },
  {
    name: "Listening.stats() counts what happened",
    async run(server) {
      await using counted = await server.listen();
      await server.ask(head("GET /send/string"), counted.port);
      await server.ask(head("GET /settle/throw?id=counted"), counted.port);
      using client = await server.connect(counted.port);
      await client.send(head("GET /settle/headers"));
      await client.readResponse();
      const { total, entries, threads } = await server.control({ do: "stats", name: counted.name });
      assertEquals(entries, threads, "one entry for each thread");
      const stats = total as Record<string, unknown> | undefined;
      assertEquals([stats?.acceptedConnections, stats?.requests, stats?.errors], [3, 3, 1]);
      assertEquals(stats?.responses, { "1xx": 0, "2xx": 1, "3xx": 0, "4xx": 1, "5xx": 1 });
      assert(Number(stats?.openConnections) >= 1 && Number(stats?.bytesIn) > 100, JSON.stringify(stats));
      assertMatch(String(stats?.bytesOut), /^[1-9]\d{2,}$/);
    },
  },
];
