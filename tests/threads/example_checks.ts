import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { type Listening, Server } from "../../mod.ts";
import { ask, askEach, askMany } from "./small_client.ts";
import type { Check } from "./check.ts";

const THREADS = 3;
const CONNECTIONS = 30;
const EACH = 40;

function moduleUrl(name: string): URL {
  return new URL(`./modules/${name}`, import.meta.url);
}

/** Sends requests over many connections, each with its own path, all at once or one by one. */
async function load(listening: Listening, send = askMany): Promise<string[]> {
  const { port } = listening.address as { port: number };
  const paths = Array.from(
    { length: CONNECTIONS },
    (_, i) => Array.from({ length: EACH }, (_, n) => `/${i}/${n}`),
  );
  await Promise.all(paths.map((own) => send(port, own)));
  return paths.flat();
}

/** The seed's examples on several threads, and where they can listen. */
export const exampleChecks: readonly Check[] = [
  {
    name: "a counter in shared memory counts every request once",
    async run(accept) {
      const hits = new BigInt64Array(new SharedArrayBuffer(8 * (1 + THREADS)));
      const listening = await Server.http("127.0.0.1:0").handle(moduleUrl("counter.ts"), {
        threads: THREADS,
        accept,
        state: { hits },
      });
      const { length } = await load(listening);
      const [total, ...each] = Array.from(hits, Number);
      equal(total, length);
      equal(each.reduce((sum, count) => sum + count, 0), length);
      ok(each.every((count) => count > 0), `by thread: ${each}`);
      const { threads } = listening.stats();
      equal(threads.map(({ requests }) => requests), each);
      equal(threads.reduce((sum, { responses }) => sum + responses["2xx"], 0), length);
      await listening.close();
    },
  },
  {
    name: "a receiver gets the path of each request over a BroadcastChannel, none lost",
    async run(accept) {
      const channel = `paths ${accept}`;
      const received: string[] = [];
      const all = Promise.withResolvers<void>();
      const receiver = new BroadcastChannel(channel);
      receiver.onmessage = ({ data }) => {
        if (received.push(data) === CONNECTIONS * EACH) all.resolve();
      };
      const listening = await Server.http("127.0.0.1:0").handle(moduleUrl("paths.ts"), {
        threads: THREADS,
        accept,
        state: { channel },
      });
      // One by one: Deno's BroadcastChannel drops messages once some hundred wait.
      const sent = await load(listening, askEach);
      const impatient = setTimeout(() => all.reject(new Error(`${received.length} of ${sent.length}`)), 8000);
      await all.promise;
      clearTimeout(impatient);
      receiver.close();
      equal(received.sort(), sent.sort());
      await listening.close();
    },
  },
  {
    name: "a handler that is an object serves on every thread",
    async run(accept) {
      const listening = await Server.http("127.0.0.1:0").handle(moduleUrl("object.ts"), {
        threads: THREADS,
        accept,
      });
      await load(listening);
      equal(listening.stats().threads.reduce((sum, { requests }) => sum + requests, 0), CONNECTIONS * EACH);
      await listening.close();
    },
  },
  {
    name: "threads serve a Unix socket, whose path is free again",
    async run(way) {
      const path = `${mkdtempSync(`${tmpdir()}/handoff-`)}/server.sock`;
      const accept = way === "dispatch" ? way : "auto";
      for (let i = 0; i < 2; i++) {
        const listening = await Server.http({ path }).handle(moduleUrl("factory.ts"), {
          threads: 2,
          accept,
          state: { text: "over a Unix socket" },
        });
        equal(listening.address, { path });
        equal(listening.accept, "dispatch");
        match(await ask(path, "/"), /^over a Unix socket [01]$/);
        await listening.close();
      }
    },
  },
];
