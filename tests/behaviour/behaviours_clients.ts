import { assertEquals } from "@std/assert";
import { Client as UndiciClient } from "npm:undici@7.30.2";
import type { Behaviour } from "./behaviour.ts";
import type { BehaviourServer } from "./behaviour_server.ts";
import type { ClientResults, HttpAnswer } from "./client_results.ts";

const decoder = new TextDecoder();
const running = new WeakMap<BehaviourServer, Promise<ClientResults>>();

/** Results of the clients of the server's runtime: they run once for all behaviours. */
function ownClients(server: BehaviourServer): Promise<ClientResults> {
  let results = running.get(server);
  if (results === undefined) {
    results = runOwnClients(server);
    running.set(server, results);
  }
  return results;
}

async function runOwnClients(server: BehaviourServer): Promise<ClientResults> {
  const [command = "", ...before] = server.runtime.command;
  const script = decodeURIComponent(new URL("./client_program.ts", import.meta.url).pathname);
  const { code, stdout, stderr } = await new Deno.Command(command, {
    args: [...before, script, String(server.port)],
    stdin: "null",
  }).output();
  if (code !== 0) throw new Error(`The clients ended with ${code}: ${decoder.decode(stderr)}`);
  return JSON.parse(decoder.decode(stdout)) as ClientResults;
}

/** Selects interim responses other than 100, which not every client reports here. */
function interim({ informational }: HttpAnswer): unknown[] {
  return informational.filter(([status]) => status !== 100).map(([status, link]) => [status, link ?? null]);
}

/** Behaviours seen by common clients. */
export const clientBehaviours: readonly Behaviour[] = [
  {
    name: "the runtime's own fetch reads responses of every kind",
    async run(server) {
      const { fetch } = await ownClients(server);
      assertEquals([fetch.text, fetch.chunks, fetch.length], ["Grüße, 世界 🌍", "onetwothree", "13"]);
      assertEquals(fetch.head, [200, "13", ""]);
      assertEquals(fetch.refused, [404, "Not Found", "status 404"]);
      assertEquals([fetch.cookies, fetch.empty], [["a=1", "b=2"], 204]);
    },
  },
  {
    name: "the runtime's own fetch sends contents of every kind",
    async run(server) {
      const { fetch } = await ownClients(server);
      assertEquals(fetch.digest, `2000000 ${await digestOf(new Uint8Array(2_000_000).map((_, i) => i * 7))}`);
      assertEquals(fetch.streamed, "one two thrée");
      const file = { name: "a.bin", type: "application/octet-stream", text: "content" };
      assertEquals(fetch.form, [["field", "välue"], ["file", file]]);
    },
  },
  {
    name: "the runtime's own fetch detects that a response has been cut",
    async run(server) {
      assertEquals((await ownClients(server)).fetch.cut, "cut");
    },
  },
  {
    name: "an agent of node:http sends 200 requests over one connection",
    async run(server) {
      const { agent } = await ownClients(server);
      assertEquals(agent, { texts: ["Hello, World!", "posted"], connections: 1 });
    },
  },
  {
    name: "node:http receives Early Hints",
    async run(server) {
      const { hints } = await ownClients(server);
      assertEquals([hints.status, hints.text], [200, "final"]);
      assertEquals(interim(hints), [[103, "</style.css>; rel=preload"], [102, null], [
        103,
        "</a.js>, </b.js>",
      ]]);
    },
  },
  {
    name: "node:http gets trailers",
    async run(server) {
      const { trailers } = await ownClients(server);
      assertEquals([trailers.text, trailers.trailers], ["content", { "x-sum": "42", "x-more": "ü" }]);
    },
  },
  {
    name: "node:http waits for 100 Continue and gets it",
    async run(server) {
      const { expect } = await ownClients(server);
      assertEquals([expect.continued, expect.status, expect.text], [true, 200, "gate asked for"]);
    },
  },
  {
    name: "undici gets, posts and pipelines",
    async run(server) {
      const client = new UndiciClient(`http://127.0.0.1:${server.port}`, { pipelining: 8 });
      try {
        const texts = await Promise.all(Array.from({ length: 40 }, async (_, i) => {
          const { statusCode, body } = await client.request({
            path: `/slow?ms=${i % 3}&n=${i}`,
            method: "GET",
          });
          return `${statusCode} ${await body.text()}`;
        }));
        assertEquals(texts, Array.from({ length: 40 }, (_, i) => `200 slow ${i}`));
        const posted = await client.request({ path: "/echo", method: "POST", body: "pösted" });
        assertEquals(await posted.body.text(), "pösted");
        const trailing = await client.request({
          path: "/trailers",
          method: "GET",
          headers: { te: "trailers" },
        });
        assertEquals(await trailing.body.text(), "content");
        assertEquals((trailing.trailers as Record<string, string>)["x-sum"], "42");
        const head = await client.request({ path: "/send/string", method: "HEAD" });
        assertEquals([head.headers["content-length"], await head.body.text()], ["13", ""]);
      } finally {
        await client.close();
      }
    },
  },
];

async function digestOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
