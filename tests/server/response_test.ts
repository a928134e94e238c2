import { assert, assertEquals } from "@std/assert";
import type { Fresh, Request, Response } from "../../mod.ts";
import type { MemoryClient } from "../../src/net/memory.ts";
import { until } from "../threads/pool_server.ts";
import { serve } from "./memory_server.ts";

function request(method: string, version = "1.1", fields = ""): string {
  const target = method === "CONNECT" ? "a:443" : "/";
  return `${method} ${target} HTTP/${version}\r\nHost: ${
    method === "CONNECT" ? target : "a"
  }\r\n${fields}\r\n`;
}

/** Waits for part of a response. */
async function hasText(client: MemoryClient, text: string): Promise<void> {
  await until(text, () => client.text.includes(text), () => client.text);
}

/** Returns the number of pieces that a handler writes before a timer fires that is set at its start. */
async function piecesBeforeTimer(method: string, piece: Uint8Array | string): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  await using server = await serve(async (_req, res) => {
    let due = false;
    let count = 0;
    setTimeout(() => due = true, 0);
    const streaming = res.start();
    for (; count < 1_000_000 && !due; count++) await streaming.write(piece);
    resolve(count);
  });
  server.connect().send(request(method));
  return await promise;
}

Deno.test("Response.write() gives others a turn even if nothing is sent", async () => {
  for (const [method, piece] of [["HEAD", new Uint8Array(4096)], ["HEAD", "x"], ["GET", ""]] as const) {
    const count = await piecesBeforeTimer(method, piece);
    assert(count < 100_000, `${method}: ${count} pieces of ${piece.length} bytes`);
  }
});

Deno.test("Response.start() announces to HTTP/1.0 too that a 205 has no content", async () => {
  await using server = await serve((_req, res) => {
    res.status = 205;
    res.start();
  });
  const client = server.connect();
  client.send(request("GET", "1.0", "Connection: keep-alive\r\n"));
  await hasText(client, "\r\n\r\n");
  assert(client.text.includes("\r\ncontent-length: 0\r\n"), client.text);
  assert(client.text.includes("\r\nconnection: keep-alive\r\n"), client.text);
});

Deno.test("Response.send() does not wait for the cancellation of a stream that is not sent", async () => {
  const failure = new Error("the stream cannot be canceled");
  const never = () => new Promise<void>(() => {});
  for (const [cancel, errors] of [[never, []], [() => Promise.reject(failure), [failure]]] as const) {
    const targets: string[] = [];
    await using server = await serve((req, res) => {
      targets.push(req.method);
      return res.send(req.method === "HEAD" ? new ReadableStream({ cancel }) : "next");
    });
    const client = server.connect();
    client.send(request("HEAD") + request("GET"));
    await hasText(client, "\r\n\r\nnext");
    assertEquals(targets, ["HEAD", "GET"]);
    await until("the failure is told", () => server.errors.length === errors.length);
    assertEquals(server.errors, errors);
  }
});

Deno.test("Response.send() accepts only bytes from a stream, and null does not end it", async () => {
  for (const wrong of [null, undefined, 5, {}, "text"]) {
    let canceled = false;
    await using server = await serve((_req, res) =>
      res.send(
        new ReadableStream({
          pull(controller) {
            controller.enqueue(new Uint8Array([97]));
            controller.enqueue(wrong as never);
          },
          cancel: () => void (canceled = true),
        }),
      )
    );
    const client = server.connect();
    client.send(request("GET"));
    await until("the connection is cut", () => client.closed);
    assert(client.text.endsWith("\r\n\r\n1\r\na\r\n"), client.text);
    assert(canceled);
    assertEquals(server.errors.map(String), [
      "TypeError: Cannot send the response: a chunk of its stream is not a Uint8Array",
    ]);
  }
});

Deno.test("Response.send() cancels a stream that is replaced by a refusal of CONNECT", async () => {
  let canceled = false;
  await using server = await serve((_req, res) =>
    res.send(new ReadableStream({ cancel: () => void (canceled = true) }))
  );
  const client = server.connect();
  client.send(request("CONNECT"));
  await hasText(client, "HTTP/1.1 501 ");
  assert(canceled);
});

Deno.test("a handler may return any class of promise, and a then() that throws is a rejection", async () => {
  const failure = new Error("nobody waits for this");
  class Broken<T> extends Promise<T> {
    // deno-lint-ignore no-explicit-any
    override then(): any {
      throw failure;
    }
  }
  class Fine<T> extends Promise<T> {}
  const answer = (res: Response<Fresh>) => void res.send("fine");
  await using server = await serve((req: Request, res: Response<Fresh>) =>
    req.method === "GET" ? new Broken<void>(() => {}) : Fine.resolve().then(() => answer(res))
  );
  const client = server.connect();
  client.send(request("GET") + request("POST"));
  await hasText(client, "HTTP/1.1 500 ");
  await hasText(client, "\r\n\r\nfine");
  assertEquals(server.errors, [failure]);
});

Deno.test("checkContinue may be null", async () => {
  await using server = await serve({
    handle: async (req, res) => res.send(await req.text()),
    checkContinue: null as never,
  });
  const client = server.connect();
  client.send(request("POST", "1.1", "Expect: 100-continue\r\nContent-Length: 2\r\n"));
  await hasText(client, "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("ok");
  await hasText(client, "\r\n\r\nok");
});
