import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { AddressError, ListenError } from "../../src/net/errors.ts";
import type { Listener } from "../../src/net/listener.ts";
import { memoryListener } from "../../src/net/memory.ts";
import { Server } from "../../src/threads/server.ts";

const FAILING = new URL("./modules/throwing.ts", import.meta.url);
const FACTORY = new URL("./modules/throwing_factory.ts", import.meta.url);
const handler = () => {};

/** A listener in memory, and how often it was closed. */
function countedListener(): { listener: Listener; closed: () => number } {
  const { listener } = memoryListener();
  let closed = 0;
  const { close } = listener;
  listener.close = () => {
    closed++;
    return close.call(listener);
  };
  return { listener, closed: () => closed };
}

for (const module of [FAILING, FACTORY]) {
  for (const threads of [1, 2]) {
    const name = module.pathname.split("/").at(-1);
    Deno.test(`Server.from() closes its listener where handle() fails (${name}, threads: ${threads})`, async () => {
      const { listener, closed } = countedListener();
      const server = Server.from(listener);
      await assertRejects(() => server.handle(module, { threads }), RangeError);
      assertEquals(closed(), 1);
      await assertRejects(
        () => server.handle(handler),
        TypeError,
        "Cannot handle requests: the server's listener was closed when handle failed",
      );
    });
  }
}

Deno.test("Server.from() keeps its listener where handle() is called with what it does not take", async () => {
  const { listener, closed } = countedListener();
  const server = Server.from(listener);
  await assertRejects(() => server.handle({} as never), TypeError);
  await assertRejects(() => server.handle(handler, { module: import.meta.url, threads: 2 }), TypeError);
  await assertRejects(() => server.handle(FAILING, { accept: "reusePort" }), RangeError);
  await assertRejects(() => server.handle(FAILING, { state: Symbol() } as never), TypeError);
  assertEquals(closed(), 0);
  await (await server.handle(handler)).close();
});

Deno.test("Server.handle() may be called again where it has failed, and not where it has not", async () => {
  const first = await Server.http("127.0.0.1:0").handle(handler);
  const { port } = first.address as { port: number };
  const server = Server.http(`127.0.0.1:${port}`);
  await assertRejects(() => server.handle(handler), ListenError);
  for (const threads of [1, 2]) await assertRejects(() => server.handle(FAILING, { threads }));
  await first.close();
  const starting = server.handle(handler);
  const taken = "Cannot handle requests: the server has a handler already";
  await assertRejects(() => server.handle(handler), TypeError, taken);
  const listening = await starting;
  await assertRejects(() => server.handle(handler), TypeError, taken);
  assertEquals(listening.address, { hostname: "127.0.0.1", port });
  await listening.close();
});

Deno.test("Server.handle() rejects a class, of which an instance is wanted", async () => {
  class App {
    handle(): void {}
  }
  const { classify } = { classify() {} };
  for (const fit of [classify, function () {}, async () => {}, new App()]) {
    await (await Server.http("127.0.0.1:0").handle(fit)).close();
  }
  await assertRejects(
    () => Server.http("127.0.0.1:0").handle(App as never),
    TypeError,
    "Cannot handle requests: the handler is a class; an instance of it is wanted",
  );
});

for (const address of [undefined, null]) {
  Deno.test(`Server.handle() rejects where the address is ${address}`, async () => {
    const { message } = await assertRejects(
      () => Server.http(address as never).handle(handler),
      AddressError,
    );
    assertEquals(message, `Cannot listen on the given address: it is ${address}, not an address`);
  });
}

Deno.test("Server.handle() rejects an accept that there is not, for a function as well", async () => {
  for (const accept of ["single", "reuseport", ""]) {
    await assertRejects(
      () => Server.http("127.0.0.1:0").handle(handler, { accept: accept as never }),
      TypeError,
      `Cannot use option accept: "${accept}" is not "auto", "reusePort", "transfer" or "dispatch"`,
    );
  }
});

Deno.test("Server.handle() rejects an app with a fetch method, and names fetchHandler", async () => {
  const fetch = () => new Response("fetched");
  for (
    const app of [
      { fetch },
      Object.assign(() => {}, { fetch }),
      new (class {
        fetch = fetch;
      })(),
    ]
  ) {
    const { message } = await assertRejects(
      () => Server.http("127.0.0.1:0").handle(app as never),
      TypeError,
      "Cannot handle requests: the handler is an app with a fetch method",
    );
    assertMatch(message, /; wrap it as fetchHandler\(\(request\) => app\.fetch\(request\)\)$/);
  }
  // A Handler may have methods of its own.
  await (await Server.http("127.0.0.1:0").handle({ handle() {}, fetch } as never)).close();
});
