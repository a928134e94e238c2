import { assertEquals, assertInstanceOf, assertMatch, assertThrows } from "@std/assert";
import { fetchHandler, Server } from "../../mod.ts";
import { memoryListener } from "../../src/net/memory.ts";
import { until } from "../threads/pool_server.ts";
import { serve } from "../server/memory_server.ts";

const TLS = new URL("../support/tls/", import.meta.url);

Deno.test("fetchHandler() throws where it is given neither a function nor an app", () => {
  const expected = "Cannot handle requests: the app is neither a function nor an object with a fetch method";
  for (const app of [{}, null, undefined, "app", { fetch: "fetch" }]) {
    assertEquals(assertThrows(() => fetchHandler(app as never), TypeError).message, expected);
  }
});

Deno.test("fetchHandler() takes an app, object or function, and calls its fetch as a method", async () => {
  class App {
    readonly words = "app";
    fetch(): Response {
      return new Response(this.words);
    }
  }
  const both = Object.assign(() => new Response("called"), { fetch: () => new Response("fetched") });
  for (const [app, text] of [[new App(), "app"], [both, "fetched"]] as const) {
    await using server = await serve(fetchHandler(app));
    const client = server.connect();
    client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    await client.until(`\r\n\r\n${text}`);
    client.end();
  }
});

Deno.test("fetchHandler() knows the scheme of an encrypted connection", async () => {
  const [cert, key] = await Promise.all(
    ["cert.pem", "key.pem"].map((name) => Deno.readTextFile(new URL(name, TLS))),
  );
  const app = fetchHandler((request) => new Response(request.url));
  await using listening = await Server.https("127.0.0.1:0", { cert: cert!, key: key! }).handle(app);
  const { port } = listening.address as { port: number };
  using client = Deno.createHttpClient({ caCerts: [cert!] });
  for (const method of ["POST", "GET"]) {
    const response = await fetch(`https://localhost:${port}/a`, { method, client } as RequestInit);
    assertEquals(await response.text(), `https://localhost:${port}/a`);
  }
});

Deno.test("fetchHandler() knows the scheme of each request, though one handler serves both", async () => {
  const [cert, key] = await Promise.all(
    ["cert.pem", "key.pem"].map((name) => Deno.readTextFile(new URL(name, TLS))),
  );
  const app = fetchHandler((request) => new Response(request.url));
  await using plain = await Server.http("127.0.0.1:0").handle(app);
  await using encrypted = await Server.https("127.0.0.1:0", { cert: cert!, key: key! }).handle(app);
  using client = Deno.createHttpClient({ caCerts: [cert!] });
  for (let time = 0; time < 2; time++) {
    for (const [scheme, listening] of [["http", plain], ["https", encrypted]] as const) {
      const { port } = listening.address as { port: number };
      const url = `${scheme}://localhost:${port}/a`;
      assertEquals(await (await fetch(url, { client } as RequestInit)).text(), url);
    }
  }
});

Deno.test("fetchHandler() answers without a promise where the function does", async () => {
  const network = memoryListener();
  await using _listening = await Server.from(network.listener).handle(fetchHandler((request, info) => {
    assertInstanceOf(request, globalThis.Request);
    return new Response(`${request.method} ${request.url} ${JSON.stringify(info.remoteAddress)}`);
  }));
  const client = network.connect();
  client.send("GET /a HTTP/1.1\r\nHost: b\r\n\r\nGET /c HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\n");
  for (let turn = 0; turn < 100 && !client.ended; turn++) await null;
  const text = new TextDecoder().decode(client.received);
  const info = '{"hostname":"127.0.0.1","port":12345}';
  assertEquals(text.match(/GET .*/g), [`GET http://b/a ${info}HTTP/1.1 200 OK`, `GET http://b/c ${info}`]);
  client.end();
});

Deno.test("fetchHandler() passes on what was fetched without what is its connection's", async () => {
  await using upstream = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => {
    const packed = new Blob(["packed ".repeat(100)]).stream().pipeThrough(new CompressionStream("gzip"));
    return new Response(packed, { headers: { "content-encoding": "gzip", "x-a": "1" } });
  });
  const app = fetchHandler(() => fetch(`http://127.0.0.1:${upstream.addr.port}/`));
  await using listening = await Server.http("127.0.0.1:0").handle(app);
  const { port } = listening.address as { port: number };
  const response = await fetch(`http://127.0.0.1:${port}/`);
  assertEquals(await response.text(), "packed ".repeat(100));
  assertEquals([response.headers.get("content-encoding"), response.headers.get("x-a")], [null, "1"]);
});

Deno.test("fetchHandler() cancels the body of a response whose head cannot be sent", async () => {
  const { promise: canceled, resolve } = Promise.withResolvers<unknown>();
  const network = memoryListener();
  const handler = fetchHandler(() => {
    const body = new ReadableStream({ cancel: resolve });
    return new Response(body, { headers: { "x-a": "a control \x01 character" } });
  });
  await using _listening = await Server.from(network.listener, { onError: () => {} }).handle(handler);
  const client = network.connect();
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  await client.until("HTTP/1.1 500");
  const inTime = setTimeout(() => resolve("never"), 2000);
  assertInstanceOf(await canceled, TypeError);
  clearTimeout(inTime);
  client.end();
});

Deno.test("fetchHandler() cuts off a stream that fails while its client is slow", async () => {
  let upstream: ReadableStreamDefaultController<Uint8Array> | undefined;
  await using server = await serve(fetchHandler(() => {
    return new Response(
      new ReadableStream({
        start(controller) {
          upstream = controller;
          controller.enqueue(new Uint8Array(100_000));
        },
      }),
    );
  }));
  const client = server.connect({ window: 1000 });
  client.pause();
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  await new Promise((resolve) => setTimeout(resolve, 10));
  upstream!.error(new Error("upstream failed"));
  // Whatever is unhandled is told before the client goes on.
  await new Promise((resolve) => setTimeout(resolve, 10));
  assertEquals(server.errors, []);
  client.resume();
  await client.until(() => client.closed);
  assertEquals([client.received.length > 100_000, client.ended], [true, false]);
  assertEquals(server.errors.map(String), ["Error: upstream failed"]);
});

Deno.test("fetchHandler() reads nothing of a stream to answer HEAD with the length that it was told", async () => {
  const events: string[] = [];
  const source = {
    pull: () => void events.push("pulled"),
    cancel: () => void events.push("canceled"),
  };
  await using server = await serve(fetchHandler(() => {
    return new Response(new ReadableStream(source, { highWaterMark: 0 }), {
      headers: { "content-length": "5" },
    });
  }));
  const client = server.connect();
  client.send("HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  await client.until("content-length: 5");
  assertEquals(events, ["canceled"]);
  client.end();
});

Deno.test("fetchHandler() tells of a stream that failed before HEAD was answered, with the length that it was told", async () => {
  await using server = await serve(fetchHandler(() => {
    const body = new ReadableStream({
      start: (controller) => controller.error(new Error("upstream failed")),
    });
    return new Response(body, { headers: { "content-length": "5" } });
  }));
  const client = server.connect();
  client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
  await until("the failure is told", () => server.errors.length > 0);
  assertMatch(client.text, /^HTTP\/1\.1 200 OK\r\ncontent-length: 5\r\n/);
  assertEquals(server.errors.map(String), ["Error: upstream failed"]);
});
