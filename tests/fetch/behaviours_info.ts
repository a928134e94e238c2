import { assert, assertEquals } from "@std/assert";
import { head, RawClient } from "../behaviour/raw_client.ts";
import type { Behaviour } from "./fetch_test.ts";

/** Milliseconds in which something has to come about. */
const PATIENCE = 5000;

async function ask(port: number, path: string): Promise<string> {
  using client = await RawClient.connect(port);
  await client.send(head(`GET ${path}`));
  const response = await client.readResponse();
  return response.text;
}

/** Waits until `info.completed` of a request to `/complete` has settled. */
async function completion(port: number, query: string): Promise<string> {
  for (const start = Date.now(); Date.now() - start < PATIENCE;) {
    const outcome = await ask(port, `/completed?${query}`);
    if (outcome !== "pending") return outcome;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`info.completed of ?${query} has not settled in ${PATIENCE} ms`);
}

export const INFO_BEHAVIOURS: Readonly<Record<string, Behaviour>> = {
  "the client's address is where Deno.serve, Bun's server and srvx have it": async ({ port }) => {
    using client = await RawClient.connect(port);
    await client.send(head("GET /client"));
    const seen = JSON.parse((await client.readResponse()).text);
    const clientPort = seen.remoteAddress.port;
    assert(clientPort > 0 && clientPort !== port, `${clientPort}`);
    assertEquals(seen, {
      remoteAddress: { hostname: "127.0.0.1", port: clientPort },
      remoteAddr: { transport: "tcp", hostname: "127.0.0.1", port: clientPort },
      requestIP: { address: "127.0.0.1", port: clientPort, family: "IPv4" },
      ip: ["127.0.0.1", "127.0.0.1"],
      waits: "function",
    });
  },
  "info.completed resolves when the response has been sent": async ({ port }) => {
    for (const query of ["text", "later", "stream"]) {
      await ask(port, `/complete?${query}`);
      assertEquals(await completion(port, query), "resolved", query);
    }
  },
  "info.completed rejects with what went wrong": async ({ port }) => {
    await ask(port, "/complete?throws");
    assertEquals(await completion(port, "throws"), "Error: thrown");
    await ask(port, "/complete?rejects");
    assertEquals(await completion(port, "rejects"), "Error: rejected");
    using client = await RawClient.connect(port);
    await client.send(head("GET /complete?breaking"));
    await client.drain();
    assertEquals(await completion(port, "breaking"), "Error: broken later");
    const gone = await RawClient.connect(port);
    await gone.send(head("GET /complete?endless"));
    await gone.readHead();
    gone.close();
    assert((await completion(port, "endless")).startsWith("ConnectionClosedError"));
  },
  "info.completed that nobody waits for is not unhandled": async ({ port }) => {
    await ask(port, "/completed-ignored");
    assertEquals(await ask(port, "/hello"), "Hello, World!");
  },
  "the members of Request.prototype take a request": async ({ port }) => {
    for (const reader of ["text", "json", "bytes", "arrayBuffer", "blob"]) {
      using client = await RawClient.connect(port);
      const target = `/native?reader=${reader}`;
      await client.send(`POST ${target} HTTP/1.1\r\nHost: a\r\nX-A: 1\r\nContent-Length: 3\r\n\r\n"a"`);
      const text = reader === "json" ? "a" : '"a"';
      assertEquals(JSON.parse((await client.readResponse()).text), [
        ["POST", `http://a${target}`, false, true],
        "1",
        text,
        "TypeError",
        true,
        '"a"',
      ], reader);
    }
  },
  "the members of Response.prototype take a response": async ({ port }) => {
    assertEquals(JSON.parse(await ask(port, "/native-response")), [201, true, "1", ["text", "text"], true]);
  },
};
