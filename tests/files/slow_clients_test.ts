import { assert, assertEquals } from "@std/assert";
import { RawClient } from "../behaviour/raw_client.ts";
import { startFixture } from "../support/fixture.ts";
import { runtimes } from "../support/runtimes.ts";
import { askOnce } from "./files_client.ts";
import { HUGE_SIZE, Site } from "./site.ts";

const CLIENTS = 8;

/** Bytes that a client reads before it pauses. */
const BURST = 4 * 1024 * 1024;

/** Milliseconds of a pause. */
const PAUSE = 20;

/**
 * Bytes by which the memory of the server may grow, by the way to serve: a buffer for each client; or the chunks of a stream,
 * each of which is new and is collected when the runtime sees fit. All clients together get 1600 MiB.
 */
const ROOM: Readonly<Record<string, number>> = { handle: 48 * 1024 * 1024, fetch: 192 * 1024 * 1024 };

const MIB = 1024 * 1024;

async function download(port: number, way: string): Promise<number> {
  using client = await RawClient.connect(port);
  await client.send(`GET /huge.bin HTTP/1.1\r\nHost: ${way}\r\n\r\n`);
  await client.readHead();
  let count = 0;
  for (let paused = 0; count < HUGE_SIZE;) {
    const piece = await client.read(256 * 1024);
    if (piece === null) break;
    count += piece.length;
    if (count - paused < BURST) continue;
    paused = count;
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
  return count;
}

for (const runtime of runtimes()) {
  for (const [way, room] of Object.entries(ROOM)) {
    Deno.test(`${CLIENTS} slow clients get 200 MiB each in flat memory (${runtime.name}, ${way})`, async () => {
      await using site = await Site.make();
      await using server = await startFixture(runtime, new URL("./files_server.ts", import.meta.url), [
        site.root,
      ]);
      // What the first response loads is not counted.
      await askOnce(server.port, { variant: way, target: "/big.bin" });
      const before = server.memory();
      let peak = before;
      const sampling = setInterval(() => peak = Math.max(peak, server.memory()), 20);
      const started = performance.now();
      try {
        const counts = await Promise.all(Array.from({ length: CLIENTS }, () => download(server.port, way)));
        assertEquals(counts, Array(CLIENTS).fill(HUGE_SIZE));
      } finally {
        clearInterval(sampling);
      }
      const seconds = (performance.now() - started) / 1000;
      console.log(
        `${runtime.name}, ${way}: ${CLIENTS} x ${HUGE_SIZE / MIB} MiB in ${seconds.toFixed(1)} s; ` +
          `${(before / MIB).toFixed(0)} MiB before, ${(peak / MIB).toFixed(0)} MiB at most`,
      );
      assert(peak - before < room, `The server grew by ${((peak - before) / MIB).toFixed(0)} MiB`);
      assertEquals(server.stderr, []);
    });
  }
}
