import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Behaviour } from "./behaviour.ts";
import type { BehaviourServer } from "./behaviour_server.ts";
import { chunk, head, inBackground, LAST_CHUNK, type RawClient } from "./raw_client.ts";

const CHUNKED = "Transfer-Encoding: chunked";

/** Creates a client whose request has reached its handler and is not complete. */
async function busyClient(server: BehaviourServer, port: number, path: string): Promise<RawClient> {
  const id = server.id();
  const client = await server.connect(port);
  await client.send(head(`POST ${path}?id=${id}`, CHUNKED) + chunk("content"));
  await server.event("handling", { id });
  return client;
}

/**
 * Resolves when nothing listens on a port. Until a listening socket is closed, the kernel accepts connections
 * for it.
 */
async function untilRefused(port: number): Promise<void> {
  const deadline = performance.now() + 5000;
  for (;;) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    } catch (error) {
      // A connection that is never accepted fails with one of several errors.
      if (error instanceof Deno.errors.ConnectionRefused) return;
    }
    if (performance.now() > deadline) throw new Error(`Port ${port} still takes connections`);
  }
}

/** Observes the state of a promise. */
function watch(promise: Promise<unknown>): { done: boolean } {
  const state = { done: false };
  promise.then(() => void (state.done = true), () => {});
  return state;
}

/** Behaviours of `Listening.close()`: it closes the server, and completes requests in progress. */
export const closingBehaviours: readonly Behaviour[] = [
  {
    name: "Listening.close() finishes requests in progress, closes idle connections, and frees the port",
    async run(server) {
      const own = await server.listen();
      using untouched = await server.connect(own.port);
      using idle = await server.connect(own.port);
      await idle.send(head("GET /send/string"));
      await idle.readResponse();
      using busy = await busyClient(server, own.port, "/gate");
      using streaming = await busyClient(server, own.port, "/gate/streaming");
      await streaming.readHead();

      const closing = own.close();
      const state = watch(closing);
      assertEquals([await idle.readToEnd(), await untouched.readToEnd()], ["", ""]);
      await untilRefused(own.port);
      idle.close();
      untouched.close();

      await busy.send(LAST_CHUNK + head("GET /send/string"));
      const response = await busy.readResponse();
      assertEquals([response.text, response.header("connection")], ["gate content", "close"]);
      assertEquals(await busy.readToEnd(), "", "what is pipelined behind it is not begun");
      busy.close();
      assertEquals(state.done, false, "one response is still on its way");

      await streaming.send(LAST_CHUNK);
      assertEquals(await streaming.readToEnd(), "6\r\nbegun;\r\n7\r\ncontent\r\n0\r\n\r\n");
      streaming.close();
      assertEquals((await closing).error, undefined);
      const rebound = await server.control({ do: "rebind", address: `127.0.0.1:${own.port}` });
      assertEquals(rebound.error, undefined);
      using _free = Deno.listen({ hostname: "127.0.0.1", port: own.port });
    },
  },
  {
    name: "Listening.close() handles a request whose head has begun to arrive",
    async run(server) {
      const own = await server.listen();
      using client = await server.connect(own.port);
      await client.send(head("GET /send/string"));
      await client.readResponse();
      const request = head("GET /send/string", "X-Late: 1");
      await client.send(request.slice(0, 30));
      using other = await busyClient(server, own.port, "/gate");
      const closing = own.close();
      await untilRefused(own.port);
      await client.send(request.slice(30));
      const { text, header } = await client.readResponse();
      assertEquals([text, header("connection")], ["Hello, World!", "close"]);
      assertEquals(await client.readToEnd(), "");
      client.close();
      await other.send(LAST_CHUNK);
      await other.readResponse();
      other.close();
      assertEquals((await closing).error, undefined);
    },
  },
  {
    name: "Listening.close() cuts requests in progress at its deadline",
    async run(server) {
      const own = await server.listen();
      const id = server.id();
      using holding = await server.connect(own.port);
      await holding.send(head(`GET /hold?id=${id}`));
      await server.event("handling", { id });
      using streaming = await busyClient(server, own.port, "/gate/streaming");
      await streaming.readHead();
      const started = performance.now();
      assertEquals((await own.close({ deadline: 100 })).error, undefined);
      const elapsed = performance.now() - started;
      assert(elapsed > 90 && elapsed < 3000, `${elapsed} ms`);
      assertEquals(await holding.drain(), 0);
      assert(
        !(await streaming.readToEnd().catch(String)).endsWith("0\r\n\r\n"),
        "a cut must not look complete",
      );
      await server.event("aborted", { id });
    },
  },
  {
    name: "Listening.close() resets a close-delimited response at its deadline",
    async run(server) {
      const own = await server.listen();
      const id = server.id();
      using client = await server.connect(own.port);
      await client.send(`POST /gate/streaming?id=${id} HTTP/1.0\r\nContent-Length: 1\r\n\r\n`);
      await server.event("handling", { id });
      await own.close({ deadline: 20 });
      const read = await client.readToEnd().catch((error: Error) => error.name);
      // Deno cannot send a reset, except on a listener of node:net.
      if (server.runtime.name !== "deno") assertEquals(read, "ConnectionReset");
      else assertMatch(read, /^ConnectionReset$|\r\n\r\nbegun;$/);
    },
  },
  {
    name: "Listening.close() can be called again, to bring the deadline forward",
    async run(server) {
      const own = await server.listen();
      using client = await busyClient(server, own.port, "/gate");
      const first = own.close();
      const state = watch(first);
      await untilRefused(own.port);
      assertEquals(state.done, false);
      const second = await own.close({ deadline: 0 });
      assertEquals([second.error, (await first).error], [undefined, undefined]);
      await client.drain();
      assertEquals((await own.close()).error, undefined, "it has closed already");
    },
  },
  {
    name: "Listening.close() rejects an invalid deadline and keeps serving; closed resolves after closing",
    async run(server) {
      const own = await server.listen();
      const closed = inBackground(server.control({ do: "closed", name: own.name }));
      const state = watch(closed);
      const { error } = await own.close({ deadline: -1 });
      assertMatch(
        `${error?.name}: ${error?.message}`,
        /^RangeError: Cannot close the server: the deadline -1 /,
      );
      assertEquals((await server.ask(head("GET /send/string"), own.port)).status, 200);
      assertEquals(state.done, false);
      await own.close();
      assertEquals((await closed).error, undefined);
    },
  },
  {
    name: "Listening.close() under load loses no response that was begun",
    async run(server) {
      const own = await server.listen();
      let answered = 0;
      const enough = Promise.withResolvers<void>();
      const clients = Array.from({ length: 12 }, async () => {
        using client = await server.connect(own.port);
        for (;;) {
          await client.send(head("GET /slow?ms=1&n=1") + head("GET /send/string"));
          for (const expected of ["slow 1", "Hello, World!"]) {
            const first = await client.read(1);
            // A connection may end in order between responses, and nowhere else.
            if (first === null) return;
            assertEquals(first[0], 72);
            await client.readLine();
            const length = (await readFields(client)).get("content-length");
            assertEquals(await client.readText(Number(length)), expected);
            if (++answered === 300) enough.resolve();
          }
        }
      });
      await Promise.race([enough.promise, Promise.all(clients)]);
      const closing = own.close();
      await Promise.all(clients);
      assertEquals((await closing).error, undefined);
      assert(answered >= 300, `${answered} responses`);
    },
  },
];

async function readFields(client: RawClient): Promise<Map<string, string>> {
  const fields = new Map<string, string>();
  for (let line = await client.readLine(); line !== ""; line = await client.readLine()) {
    const [name = "", value = ""] = line.split(": ");
    fields.set(name.toLowerCase(), value);
  }
  return fields;
}
